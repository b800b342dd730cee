// What is remembered from one visit to the next: the place and speed of this book, the look of all books.

const PLACE = `voxpress.listen.${book.key}`;
const LOOK = "voxpress.listen";

/** What is kept under a name; an empty object where nothing is, or storage is denied. */
function recall(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

function remember(name, values) {
  try {
    localStorage.setItem(name, JSON.stringify({ ...recall(name), ...values }));
  } catch {
    // Private windows and strict settings keep nothing; the page works without.
  }
}

/** Where to begin, in ms: what the address names (#t=SECONDS), else the remembered place, else the start. */
function firstPlace() {
  const asked = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (asked) return Math.min(Number(asked[1]) * 1000, book.chapters[book.chapters.length - 1].end);
  const { chapter, time } = recall(PLACE);
  const kept = Number.isInteger(chapter) ? book.chapters[chapter] : undefined;
  if (!kept || typeof time !== "number" || !(time >= 0)) return book.chapters[0].start;
  return Math.min(kept.start + time, kept.end);
}

/** A time in the address is asked for once: whoever loads the page again wants to go on where they are. */
function forgetAddress() {
  if (/^#t=/.test(location.hash)) history.replaceState(null, "", "#");
}

/** Remembered within its chapter: another edition may have other chapters' lengths. */
function rememberPlace(time) {
  const chapter = chapterAt(time);
  remember(PLACE, { chapter, time: Math.round(time - book.chapters[chapter].start) });
}
