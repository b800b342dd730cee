// The keyboard. Single keys are shortcuts unless the reader turned them off (WCAG 2.2, 2.1.4).

const SHORTCUTS = {
  " ": toggle, k: toggle,
  j: () => skip(-BACK), ArrowLeft: () => skip(-BACK),
  l: () => skip(ON), ArrowRight: () => skip(ON),
  ",": () => skipSentence(-1), ".": () => skipSentence(1),
  p: () => skipPart(-1), n: () => skipPart(1),
  "[": () => changeSpeed(-1), "]": () => changeSpeed(1), "=": () => setSpeed(1, true),
  f: () => follow(true), d: nextDoubt,
  s: () => element("sleep").focus(),
};
/** What is answered though nothing is played; pages add what opens their panels. */
const ALWAYS = {
  "-": () => changeSize(-1, true), "+": () => changeSize(1, true),
};
let cursor = -1; // the word that is chosen with the keyboard, of the chapter that is shown

function answerKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const { target, key } = event;
  if (target === article && answerInText(key)) {
    event.preventDefault();
    return;
  }
  if (target.closest("input, select, textarea")) return;
  if (target.closest("button, a") && (key === " " || key === "Enter")) return;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const answer = ALWAYS[name] ?? (book ? SHORTCUTS[name] : undefined);
  if (!answer || !look.keys || (event.repeat && key === " ")) return;
  event.preventDefault();
  answer();
}

/** Word by word through the text; Enter plays from there. */
function answerInText(key) {
  if (!shown || !shown.count) return false;
  const onward = shown.book.direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const here = cursor >= 0 ? cursor : Math.max(0, isShown(chapterAt(now())) ? shown.wordAt(now()) : 0);
    putCursor(Math.min(shown.count - 1, Math.max(0, here + (cursor < 0 ? 0 : key === onward ? 1 : -1))));
    return true;
  }
  if (key === "Enter") {
    const chosen = cursor >= 0 ? cursor : selectedWord();
    if (chosen < 0) return false;
    goToWord(shown, chosen);
    putCursor(-1);
    play();
    return true;
  }
  if (key === "Escape" && cursor >= 0) {
    putCursor(-1);
    return true;
  }
  return false;
}

function putCursor(word) {
  cursor = word;
  mark("cursor", ...(word < 0 ? [] : [[word, word + 1]]));
  if (word < 0) return;
  following = false;
  const box = marked.get("cursor").ranges[0].getBoundingClientRect();
  const { top, bottom } = sight();
  if (box.top < top || box.bottom > bottom - 40) {
    window.scrollBy({ top: box.top - (top + (bottom - top) * 0.4), behavior: "instant" });
  }
  offerReturn();
  say(shown.textOf(word));
}

/** The first word of what is selected, by caret browsing for example; -1 where nothing is. */
function selectedWord() {
  const selection = document.getSelection();
  const home = selection?.anchorNode && homes.get(selection.anchorNode);
  if (!home || selection.isCollapsed) return -1;
  return shown.wordAtOffset(home.block, home.from + selection.anchorOffset);
}

function firstWordIn(part) {
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  const home = homes.get(walker.nextNode());
  return home ? shown.wordAtOffset(home.block, home.from) : -1;
}

/** To the next word in doubt of the chapter that is shown, after the one that is read. */
function nextDoubt() {
  if (!isShown(chapterAt(now()))) return;
  const doubts = shown.blocks.flatMap((block) => block.doubts);
  if (!doubts.length) {
    say("Nothing here is in doubt.");
    return;
  }
  const here = shown.wordAt(now());
  const [first] = doubts.find(([from]) => from > here) ?? doubts[0];
  goToWord(shown, first);
}

let selecting = false; // a click that ends a selection goes nowhere

function noteSelection() {
  selecting = !(document.getSelection()?.isCollapsed ?? true);
}

function answerClick(event) {
  if (!article.contains(event.target) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (selecting || !(document.getSelection()?.isCollapsed ?? true)) return;
  const isByHand = event.detail > 0; // else it comes from an assistive tool, for a whole paragraph
  const word = isByHand ? wordAtPoint(event.clientX, event.clientY) : firstWordIn(event.target);
  if (word < 0) return;
  goToWord(shown, word);
  putCursor(-1);
}
