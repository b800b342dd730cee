// The book as the page was given it: chapters, files, and a chapter's words unpacked into typed arrays.

const element = (id) => document.getElementById(id);

const book = JSON.parse(element("book").textContent);

/** A chapter's data, unpacked only when it is asked for. */
const chapterData = (index) => JSON.parse(element(`chapter-${index}`).textContent);

/** The words of a sentence as [text, whether it is joined to the word before], and whether a line begins. */
function sentenceWords(text) {
  if (typeof text === "string") {
    const line = text.startsWith("\n");
    return { line, words: (line ? text.slice(1) : text).split(" ").map((word) => [word, false]) };
  }
  const line = text[0].startsWith("\n");
  const parts = line ? [text[0].slice(1), ...text.slice(1)] : text;
  return { line, words: parts.map((part) => (part.startsWith(" ") ? [part.slice(1), false] : [part, true])) };
}

/** One chapter: its blocks' texts, and for each word where it stands and when it is heard (ms in the edition). */
class Chapter {
  constructor(index) {
    this.index = index;
    this.blocks = [];
    const data = chapterData(index);
    let count = 0;
    for (const block of data) {
      for (let n = 2; n < block.length; n++) count += (block[n].length - 1) >> 1; // an object may stand at the end
    }
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
    this.offsets = new Int32Array(count); // of the word in its block's text
    this.lengths = new Int32Array(count);
    this.sentences = []; // first word of each
    this.speakers = []; // who says each; empty: the narrator
    this.count = 0;
    let now = book.chapters[index].start;
    for (const [kind, language, ...sentences] of data) {
      const made = { kind, language, text: "", first: this.count, doubts: [] };
      let text = "";
      for (const sentence of sentences) {
        this.sentences.push(this.count);
        const { line, words } = sentenceWords(sentence[0]);
        for (let n = 0; n < words.length; n++) {
          const [word, joined] = words[n];
          if (text) text += n === 0 && line ? "\n" : joined ? "" : " ";
          const start = now + sentence[1 + 2 * n];
          now = start + sentence[2 + 2 * n];
          this.starts[this.count] = start;
          this.ends[this.count] = now;
          this.offsets[this.count] = text.length;
          this.lengths[this.count] = word.length;
          this.count += 1;
          text += word;
        }
        const last = sentence[sentence.length - 1];
        const more = typeof last === "object" ? last : {};
        const first = this.count - words.length;
        for (const [from, after] of more.doubts ?? []) made.doubts.push([first + from, first + after]);
        this.speakers.push(more.by ?? "");
      }
      made.text = text;
      made.after = this.count;
      this.blocks.push(made);
    }
    this.firsts = Int32Array.from(this.blocks, (block) => block.first);
    this.sentences = Int32Array.from(this.sentences);
  }

  /** The word that is being said at a time in ms, or was said last; -1 before the first. */
  wordAt(time) {
    return lastUpTo(this.starts, time);
  }

  blockOf(word) {
    return lastUpTo(this.firsts, word);
  }

  sentenceOf(word) {
    return lastUpTo(this.sentences, word);
  }

  /** First word of a sentence and the one after its last. */
  sentence(number) {
    const after = number + 1 < this.sentences.length ? this.sentences[number + 1] : this.count;
    return [this.sentences[number], after];
  }

  textOf(word) {
    const block = this.blocks[this.blockOf(word)];
    return block.text.substr(this.offsets[word], this.lengths[word]);
  }

  /** The word of a block that stands at an offset of its text, or before it. */
  wordAtOffset(block, offset) {
    let low = block.first;
    let high = block.after - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offsets[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Index of the last value of an ascending array that is not above `value`; -1 where there is none. */
function lastUpTo(values, value) {
  let low = -1;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

const unpacked = new Map();

/** A chapter; the last two that were asked for are kept. */
function chapterOf(index) {
  let chapter = unpacked.get(index);
  if (!chapter) {
    chapter = new Chapter(index);
    if (unpacked.size > 1) unpacked.delete(unpacked.keys().next().value);
    unpacked.set(index, chapter);
  }
  return chapter;
}

const chapterStarts = Float64Array.from(book.chapters, (chapter) => chapter.start);

const chapterAt = (time) => Math.max(0, lastUpTo(chapterStarts, time));

/** 3725000 as 1:02:05. */
function clock(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** 3725000 as "1 hour 2 minutes 5 seconds", for those who hear it. */
function spokenTime(milliseconds, seconds = true) {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [
    [Math.floor(total / 3600), "hour"],
    [Math.floor(total / 60) % 60, "minute"],
    [seconds ? total % 60 : 0, "second"],
  ];
  const said = parts.filter(([count]) => count).map(([count, name]) => `${count} ${name}${count === 1 ? "" : "s"}`);
  return said.join(" ") || (seconds ? "0 seconds" : "less than a minute");
}

/** What is to be heard by those who do not see the page; rarely, and only what they asked for. */
function say(text) {
  const said = element("said");
  said.textContent = "";
  said.textContent = text;
}
