// What is needed to find words: texts folded (case, accents, quotes), and results to go to.

const MOST = 200; // results that are listed
const SLICE = 12; // ms of work at a time
const AROUND = 9; // words before and after in a result

/** Text as it is compared: without case, accents and typographic quotes. */
function fold(text) {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u00ad\u0640]/g, "");
  return plain.toLowerCase().replace(/[‘’‛ʼ]/g, "'").replace(/[“”„«»]/g, '"').replace(/\s+/g, " ");
}

/** Whether a folded question is long enough to ask: two letters, or one sign that is a word. */
const isAskable = (needle) => needle.length > 1 || /[^\u0000-\u02ff]/.test(needle);

/** The folded text of a chapter, and where in it each word begins. */
function foldedText(sections) {
  const offsets = [];
  let text = "";
  for (const { blocks } of sections) {
    for (const [, , ...sentences] of blocks) {
      for (const sentence of sentences) {
        for (const [word, joined] of sentenceWords(sentence[0]).words) {
          if (!joined && text) text += " ";
          offsets.push(text.length);
          text += fold(word);
        }
      }
    }
  }
  return { text, offsets: Int32Array.from(offsets) };
}

/** Where a needle is in a folded text: of each place its first and its last word. */
function* placesIn({ text, offsets }, needle) {
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    yield [lastUpTo(offsets, at), lastUpTo(offsets, at + needle.length - 1)];
  }
}

/** A result: the words around it, to go to. */
function resultOf(chapter, first, past) {
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
    toText(chapter.book);
    goToWord(chapter, first);
    mark("hit", [first, inside + 1]);
    article.focus({ preventScroll: true });
  });
  const item = document.createElement("li");
  item.append(inBook(button, chapter.book));
  return item;
}

/** An element with a text of a book: in its language and direction. */
function inBook(made, owner = book) {
  if (owner.language !== "und") made.lang = owner.language;
  made.dir = owner.direction;
  return made;
}
