// What is remembered from one visit to the next: the place in what is played, and the look of all pages.

const LOOK = "voxpress.listen";
const placeKey = (owner = book) => `voxpress.listen.${owner.key}`;

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

/** Where the listener was, in ms; the start where that is not known. */
function keptPlace() {
  const { chapter, time } = recall(placeKey());
  const kept = Number.isInteger(chapter) ? book.chapters[chapter] : undefined;
  if (!kept || typeof time !== "number" || !(time >= 0)) return book.chapters[0].start;
  return Math.min(kept.start + time, kept.end);
}

/** Remembered within its chapter: another edition may have other chapters' lengths. */
function rememberPlace(time) {
  const chapter = chapterAt(time);
  remember(placeKey(), { chapter, time: Math.round(time - book.chapters[chapter].start) });
}
