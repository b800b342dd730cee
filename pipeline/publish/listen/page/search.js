// Search in the whole book. Chapters are folded for it (case, accents, quotes) one at a time, between frames.

const MOST = 200; // results that are listed
const SLICE = 12; // ms of work at a time
const AROUND = 9; // words before and after in a result
const folded = new Map();
let asked = 0;

/** Text as it is compared: without case, accents and typographic quotes. */
function fold(text) {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u00ad\u0640]/g, "");
  return plain.toLowerCase().replace(/[‘’‛ʼ]/g, "'").replace(/[“”„«»]/g, '"').replace(/\s+/g, " ");
}

/** A chapter's folded text, and where in it each word begins. */
function foldedChapter(index) {
  let made = folded.get(index);
  if (!made) {
    const offsets = [];
    let text = "";
    for (const [, , ...sentences] of chapterData(index)) {
      for (const sentence of sentences) {
        for (const [word, joined] of sentenceWords(sentence[0]).words) {
          if (!joined && text) text += " ";
          offsets.push(text.length);
          text += fold(word);
        }
      }
    }
    made = { text, offsets: Int32Array.from(offsets) };
    folded.set(index, made);
  }
  return made;
}

/** Ask, and list what is found; a later question ends this one. */
async function search(question) {
  asked += 1;
  const mine = asked;
  const results = element("results");
  const found = element("found");
  const needle = fold(question).trim();
  results.replaceChildren();
  found.textContent = "";
  if (needle.length < 2 && !/[^\u0000-\u02ff]/.test(needle)) return;
  let count = 0;
  let since = performance.now();
  for (let index = 0; index <= last; index++) {
    if (performance.now() - since > SLICE) {
      await new Promise((resume) => setTimeout(resume));
      if (mine !== asked) return;
      since = performance.now();
    }
    const { text, offsets } = foldedChapter(index);
    const made = document.createDocumentFragment();
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      count += 1;
      if (count <= MOST) made.append(resultOf(index, lastUpTo(offsets, at), lastUpTo(offsets, at + needle.length - 1)));
    }
    if (made.childElementCount) {
      const group = document.createElement("li");
      const list = document.createElement("ol");
      list.append(made);
      group.append(inBook(withText("h3", book.chapters[index].title)), list);
      results.append(group);
    }
  }
  const listed = count > MOST ? `; the first ${MOST} are listed` : "";
  found.textContent = count ? `${count.toLocaleString("en")} ${count === 1 ? "place" : "places"}${listed}` : "Nothing found.";
}

/** A result: the words around it, to go to. */
function resultOf(index, first, past) {
  const chapter = chapterOf(index);
  const block = chapter.blocks[chapter.blockOf(first)];
  const from = Math.max(block.first, first - AROUND);
  const until = Math.min(block.after - 1, past + AROUND);
  const end = (word) => chapter.offsets[word] + chapter.lengths[word];
  const inside = Math.min(past, block.after - 1);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "result";
  button.append(
    (from > block.first ? "… " : "") + block.text.slice(chapter.offsets[from], chapter.offsets[first]),
    withText("mark", block.text.slice(chapter.offsets[first], end(inside))),
    block.text.slice(end(inside), end(until)) + (until < block.after - 1 ? " …" : ""),
  );
  button.addEventListener("click", () => {
    element("search").close();
    goToWord(chapter, first);
    mark("hit", first, inside + 1);
    article.focus({ preventScroll: true });
  });
  const item = document.createElement("li");
  item.append(inBook(button));
  return item;
}

/** An element with a text of the book: in its language and direction. */
function inBook(made) {
  if (book.language !== "und") made.lang = book.language;
  made.dir = book.direction;
  return made;
}
