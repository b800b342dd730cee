// What is played, and a chapter's words unpacked into typed arrays.

const element = (id) => document.getElementById(id);

/**
 * What is played: key, title, author, language, direction, cover, files ({source, start, end}), chapters ({title,
 * start, end}: what is shown at once), and, where its parts are not its chapters, parts ({title, start}). Times in ms.
 */
let book = null;

/** Play something else from now on. */
function openBook(other) {
  if (other === book) return;
  if (book) keepPlace();
  book = other;
  opened();
}

/** What can be jumped to by name. */
const parts = () => book.parts ?? book.chapters;

const partAt = (time) => Math.max(0, lastStarted(parts(), time));

const chapterAt = (time) => Math.max(0, lastStarted(book.chapters, time));

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
  /** `sections`: for each its start in ms, the title that is shown above it where it has no heading, and its blocks. */
  constructor(owner, index, sections) {
    this.book = owner;
    this.index = index;
    this.blocks = [];
    let count = 0;
    for (const { blocks } of sections) {
      for (const block of blocks) {
        for (let n = 2; n < block.length; n++) count += (block[n].length - 1) >> 1; // an object may stand at the end
      }
    }
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
    this.offsets = new Int32Array(count); // of the word in its block's text
    this.lengths = new Int32Array(count);
    this.sentences = []; // first word of each
    this.speakers = []; // who says each; empty: the narrator
    this.count = 0;
    for (const { start, title, blocks } of sections) this.addSection(start, title, blocks);
    this.firsts = Int32Array.from(this.blocks, (block) => block.first);
    this.sentences = Int32Array.from(this.sentences);
    this.voices = [...new Set(this.speakers)].filter(Boolean);
    this.arrange();
  }

  addSection(start, title, blocks) {
    let now = start;
    blocks.forEach(([kind, language, ...sentences], place) => {
      const made = { kind, language, title: place ? "" : title, text: "", first: this.count, doubts: [] };
      let text = "";
      for (const sentence of sentences) {
        this.sentences.push(this.count);
        const { line, words } = sentenceWords(sentence[0]);
        for (let n = 0; n < words.length; n++) {
          const [word, joined] = words[n];
          if (text) text += n === 0 && line ? "\n" : joined ? "" : " ";
          const begin = now + sentence[1 + 2 * n];
          now = begin + sentence[2 + 2 * n];
          this.starts[this.count] = begin;
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
    });
  }

  /**
   * The sentences by the time at which they begin. A second voice may enter before the first one ends, so that this
   * is not always their order in the text, and two of them may be heard at once.
   */
  arrange() {
    const many = this.sentences.length;
    this.over = new Int32Array(many); // when each sentence ends
    for (let number = 0; number < many; number++) {
      const [first, after] = this.sentence(number);
      for (let word = first; word < after; word++) this.over[number] = Math.max(this.over[number], this.ends[word]);
    }
    const begin = (number) => this.starts[this.sentences[number]];
    this.order = Int32Array.from(this.sentences.keys()).sort((one, other) => begin(one) - begin(other) || one - other);
    this.begins = this.order.map(begin);
    this.longest = new Int32Array(many); // of all that begin up to there, the sentence that ends last
    this.order.forEach((number, place) => {
      const before = place ? this.longest[place - 1] : number;
      this.longest[place] = this.over[before] > this.over[number] ? before : number;
    });
  }

  /**
   * The words that are being said at a time in ms: one of each voice, that of who began last at the end. Where
   * nobody speaks, the word that was said last; none before the first.
   */
  wordsAt(time) {
    const newest = lastUpTo(this.begins, time);
    const found = [];
    for (let place = newest; place >= 0 && this.over[this.longest[place]] > time; place--) {
      if (this.over[this.order[place]] > time) found.unshift(this.wordOf(this.order[place], time));
    }
    return found.length || newest < 0 ? found : [this.wordOf(this.longest[newest], time)];
  }

  /** The last word of a sentence that has begun at a time. */
  wordOf(number, time) {
    const [first, after] = this.sentence(number);
    return first + Math.max(0, lastUpTo(this.starts.subarray(first, after), time));
  }

  /** The word that is followed at a time in ms: of those that are said, that of who began last; -1 before the first. */
  wordAt(time) {
    return this.wordsAt(time).at(-1) ?? -1;
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

/** The same of things that have a start, in their order. */
function lastStarted(things, time) {
  let low = -1;
  let high = things.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (things[middle].start <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

const unpacked = new Map();

/** A chapter; the last two that were asked for are kept. */
function chapterOf(index, owner = book) {
  const name = `${owner.key} ${index}`;
  let chapter = unpacked.get(name);
  if (!chapter) {
    chapter = new Chapter(owner, index, sectionsOf(owner, index));
    if (unpacked.size > 1) unpacked.delete(unpacked.keys().next().value);
    unpacked.set(name, chapter);
  }
  return chapter;
}

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
