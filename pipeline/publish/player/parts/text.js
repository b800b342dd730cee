// The text of one chapter, and what is marked in it. Words are no elements: they are ranges of their paragraph's
// text, so that a chapter of any length is as many nodes as it has paragraphs.

const LONGEST = 6000; // characters in an element; a paragraph beyond is laid out in pieces
const article = element("text");
const elementOf = {
  heading: "h3", quote: "blockquote", verse: "p", "list-item": "li", caption: "p", table: "p", code: "p", note: "p",
};
const painted = typeof Highlight === "function" && CSS.highlights;
let shown = null; // the Chapter whose text is there

/** Whether the chapter whose text is there is this one of what is played. */
const isShown = (index) => shown !== null && shown.book === book && shown.index === index;

/** Put a chapter's text in place of the one that is there. */
function show(index, owner = book) {
  if (shown && shown.book === owner && shown.index === index) return;
  const chapter = chapterOf(index, owner);
  for (const block of chapter.blocks) block.pieces = [];
  const { title } = owner.chapters[index];
  const made = document.createDocumentFragment();
  let list = null;
  let speaker = "";
  for (const block of chapter.blocks) {
    const headed = block.title && block.kind === "heading";
    if (block.title && !headed) made.append(withText("h2", block.title, "unspoken"));
    const elements = elementsOf(chapter, block, headed ? "h2" : elementOf[block.kind] ?? "p");
    speaker = nameSpeaker(chapter, block, elements[0], speaker);
    if (block.kind !== "list-item" || block.title) list = null;
    if (block.kind === "list-item" && !list) made.append((list = document.createElement("ul")));
    (list ?? made).append(...elements);
  }
  if (!chapter.count) made.append(withText("h2", title, "unspoken"), withText("p", "Nothing is said here.", "unspoken"));
  clearMarks();
  article.replaceChildren(made);
  article.setAttribute("aria-label", `Text of ${title}`);
  shown = chapter;
  showOnward(index);
  showTitles();
}

/** Say at a block who speaks in all of it, where that was another before; a page's style may show it. */
function nameSpeaker(chapter, block, element, before) {
  const from = chapter.sentenceOf(block.first);
  const until = chapter.sentenceOf(block.after - 1) + 1;
  const names = new Set(chapter.speakers.slice(from, until));
  const [name] = names.size === 1 ? names : [""];
  if (name && name !== before) {
    element.dataset.who = name;
    element.classList.add(`voice-${(chapter.voices.indexOf(name) % 4) + 1}`);
  }
  return name;
}

function withText(name, text, kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

/** The elements of a block; mostly one. Its `pieces` say which text node holds which part of its text. */
function elementsOf(chapter, block, name) {
  const made = [];
  let word = block.first;
  while (word < block.after) {
    let after = block.after;
    const begin = chapter.offsets[word];
    if (block.text.length - begin > LONGEST) {
      after = Math.max(word + 1, chapter.wordAtOffset(block, begin + LONGEST));
      const sentence = chapter.sentences[chapter.sentenceOf(after)];
      if (sentence > word) after = sentence;
    }
    const part = document.createElement(name);
    part.className = word === block.first ? block.kind : `${block.kind} further`;
    if (block.language && block.language !== chapter.book.language) {
      part.lang = block.language;
      part.dir = "auto";
    }
    const end = after < block.after ? chapter.offsets[after] : block.text.length;
    part.style.setProperty("--characters", String(end - begin));
    fill(chapter, block, part, word, after, end);
    made.push(part);
    word = after;
  }
  return made;
}

/** Text nodes for the words from `word` to `after`, those in doubt in an element of their own. */
function fill(chapter, block, part, word, after, end) {
  let place = chapter.offsets[word];
  const add = (parent, until) => {
    if (until <= place) return;
    const node = document.createTextNode(block.text.slice(place, until));
    block.pieces.push({ node, from: place });
    homes.set(node, { block, from: place });
    parent.append(node);
    place = until;
  };
  for (const [first, past] of block.doubts) {
    if (past <= word || first >= after) continue;
    const last = Math.min(past, after) - 1;
    add(part, chapter.offsets[Math.max(first, word)]);
    const doubt = document.createElement("span");
    doubt.className = "doubt";
    doubt.title = "In doubt: what is heard may not be what is written.";
    add(doubt, chapter.offsets[last] + chapter.lengths[last]);
    part.append(doubt);
  }
  add(part, end);
}

const homes = new WeakMap(); // text node -> its block, and where in the block's text it begins

/** The range of the words from `first` to before `after`, which stand in one block. */
function rangeOf(chapter, first, after) {
  const range = document.createRange();
  const last = after - 1;
  const block = chapter.blocks[chapter.blockOf(first)];
  const put = (offset, ends) => {
    let piece = block.pieces[0];
    for (const candidate of block.pieces) {
      if (candidate.from < offset || (!ends && candidate.from === offset)) piece = candidate;
      else break;
    }
    return [piece.node, Math.min(offset - piece.from, piece.node.length)];
  };
  range.setStart(...put(chapter.offsets[first], false));
  range.setEnd(...put(chapter.offsets[last] + chapter.lengths[last], true));
  return range;
}

/** The word of the chapter at a point of the window; -1 where there is none. */
function wordAtPoint(x, y) {
  const [node, offset] = caretAt(x, y);
  const home = node && homes.get(node);
  if (!home || !shown) return -1;
  const word = shown.wordAtOffset(home.block, home.from + offset);
  const near = (candidate) => {
    if (candidate < home.block.first || candidate >= home.block.after) return false;
    return [...rangeOf(shown, candidate, candidate + 1).getClientRects()].some(
      (box) => x >= box.left - 4 && x <= box.right + 4 && y >= box.top - 4 && y <= box.bottom + 4,
    );
  };
  return [word, word - 1, word + 1].find(near) ?? -1;
}

function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const caret = document.caretPositionFromPoint(x, y);
    return caret ? [caret.offsetNode, caret.offset] : [null, 0];
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? [range.startContainer, range.startOffset] : [null, 0];
}

// -- marks: the browser paints ranges where it can; else boxes lie behind the text ----------------------------

const MARKS = ["sentence", "cursor", "hit", "word"]; // those to the right lie above
const marked = new Map();
if (painted) {
  MARKS.forEach((name, number) => {
    const highlight = new Highlight();
    highlight.priority = number;
    CSS.highlights.set(name, highlight);
  });
}

/** Mark words of the chapter that is shown, in place of those that were: pairs of the first and the one after. */
function mark(name, ...runs) {
  const key = runs.join(" ");
  if ((marked.get(name)?.key ?? "") === key) return;
  const ranges = runs.map(([first, after]) => rangeOf(shown, first, after));
  if (ranges.length) marked.set(name, { key, ranges });
  else marked.delete(name);
  if (painted) {
    const highlight = CSS.highlights.get(name);
    highlight.clear();
    for (const range of ranges) highlight.add(range);
  } else paintBoxes(name, ranges);
}

function clearMarks() {
  for (const name of MARKS) mark(name);
}

function paintBoxes(name, ranges) {
  document.querySelectorAll(`.box.${name}`).forEach((box) => box.remove());
  const origin = document.body.getBoundingClientRect();
  for (const { left, top, width, height } of ranges.flatMap((range) => [...range.getClientRects()])) {
    const box = document.createElement("div");
    box.className = `box ${name}`;
    box.setAttribute("aria-hidden", "true");
    const place = { left: left - origin.left, top: top - origin.top, width, height };
    for (const [side, value] of Object.entries(place)) box.style.setProperty(side, `${value}px`);
    document.body.append(box);
  }
}

if (!painted) {
  new ResizeObserver(() => marked.forEach(({ ranges }, name) => paintBoxes(name, ranges))).observe(article);
}
