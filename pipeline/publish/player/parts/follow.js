// The text follows the reading: the word is marked, and the page scrolls, until the reader scrolls elsewhere.

const LINGER = 400; // ms for which a word stays marked after its end, so that it does not flicker
const SCROLLING = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const look = { size: 100, face: "serif", theme: "auto", mark: "both", follows: true, keys: true, ...recall(LOOK) };
let following = true;
let resting = false; // somebody looks at the page before anything plays: nothing moves it until then

/** Begin to follow again, at once where `now` is set, or stop following. */
function follow(yes) {
  following = yes;
  resting = false;
  if (yes) {
    const chapter = chapterAt(now());
    if (inView()) show(chapter);
    paint(true);
  }
  offerReturn();
}

/** Leave the page where it is until something plays. */
function rest() {
  following = false;
  resting = true;
  offerReturn();
}

function offerReturn() {
  const away = inView() && !following && !resting && (look.follows || !isShown(chapterAt(now())) || !isInSight());
  element("return").hidden = !away;
}

/** Mark what is said at this moment; `jump`: bring it into sight without a smooth scroll. */
function paint(jump = false) {
  if (!book) return;
  if (resting && isPlaying() && inView()) follow(true);
  const time = now();
  const chapter = chapterAt(time);
  if (following && inView() && !isShown(chapter)) {
    show(chapter);
    window.scrollTo({ top: 0 });
    jump = true;
  }
  if (!isShown(chapter)) {
    mark("word");
    mark("sentence");
    offerReturn();
    return;
  }
  const words = shown.wordsAt(time);
  const near = words.at(-1) ?? -1;
  showSpeakers(words);
  const marking = look.mark;
  const heard = words.filter((word) => !isPlaying() || time <= shown.ends[word] + LINGER * speed);
  const before = marked.get("word")?.key;
  mark("word", ...(marking === "both" || marking === "word" ? heard.map((word) => [word, word + 1]) : []));
  const sentences = words.map((word) => shown.sentence(shown.sentenceOf(word)));
  mark("sentence", ...(marking === "both" || marking === "sentence" ? sentences : []));
  if (near >= 0 && following && (look.follows || jump) && (jump || near !== scrolledFor)) bringIntoSight(near, jump);
  else if (marked.get("word")?.key !== before && !following) offerReturn();
}

/** Who says the words, beside the chapter's name. */
function showSpeakers(words) {
  const names = new Set(words.map((word) => shown.speakers[shown.sentenceOf(word)]));
  const told = [...names].filter(Boolean).join(" and ");
  const shownThere = element("speaker");
  if (shownThere.textContent !== told) shownThere.textContent = told;
}

let scrolledFor = -1;

function sight() {
  const header = document.querySelector("header").getBoundingClientRect().bottom; // it scrolls away in low windows
  return { top: Math.max(0, header), bottom: element("player").getBoundingClientRect().top };
}

function isInSight() {
  const word = shown.wordAt(now());
  if (word < 0) return window.scrollY < 200;
  const box = rangeOf(shown, word, word + 1).getBoundingClientRect();
  const { top, bottom } = sight();
  return box.bottom > top && box.top < bottom;
}

/** Scroll only when the word leaves the comfortable part of the window, and then by as much as brings it to a third. */
function bringIntoSight(word, jump) {
  scrolledFor = word;
  if (!document.getSelection()?.isCollapsed && !jump) return; // somebody is selecting text
  const box = rangeOf(shown, word, word + 1).getBoundingClientRect();
  const { top, bottom } = sight();
  const height = bottom - top;
  if (box.top >= top + height * 0.06 && box.bottom <= bottom - height * 0.2) return;
  if (word === 0 && window.scrollY < 1) return;
  const distance = box.top - (top + height * 0.3);
  const far = jump || calm.matches || Math.abs(distance) > 2 * height;
  window.scrollBy({ top: distance, behavior: far ? "instant" : "smooth" });
  // Paragraphs that were never laid out have estimated heights: look again when they are.
  if (far) requestAnimationFrame(() => requestAnimationFrame(() => settle(word, 4)));
}

function settle(word, tries) {
  if (!following || !shown || word >= shown.count) return;
  const box = rangeOf(shown, word, word + 1).getBoundingClientRect();
  const { top, bottom } = sight();
  if (tries && (box.top < top || box.bottom > bottom - 20)) {
    window.scrollBy({ top: box.top - (top + (bottom - top) * 0.3), behavior: "instant" });
    requestAnimationFrame(() => settle(word, tries - 1));
  }
}

function letGo() {
  if (!following || document.querySelector("dialog[open]")) return;
  following = false;
  offerReturn();
}

function watchReader() {
  window.addEventListener("wheel", (event) => event.deltaY && letGo(), { passive: true });
  window.addEventListener("touchmove", (event) => article.contains(event.target) && letGo(), { passive: true });
  window.addEventListener("pointerdown", (event) => {
    if (event.clientX >= document.documentElement.clientWidth) letGo(); // the window's scroll bar
  });
  window.addEventListener("keydown", (event) => {
    const finds = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "f";
    if (event.defaultPrevented) return;
    if (finds || (SCROLLING.has(event.key) && !event.target.closest("input, select"))) letGo();
  });
  element("return").addEventListener("click", () => {
    follow(true);
    element("play").focus({ preventScroll: true });
  });
}
