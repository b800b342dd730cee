// Search in the whole book. Chapters are folded for it one at a time, between frames.

const folded = new Map();
let asked = 0;

function foldedChapter(index) {
  let made = folded.get(index);
  if (!made) folded.set(index, (made = foldedText(sectionsOf(book, index))));
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
  if (!isAskable(needle)) return;
  let count = 0;
  let since = performance.now();
  for (let index = 0; index < book.chapters.length; index++) {
    if (performance.now() - since > SLICE) {
      await new Promise((resume) => setTimeout(resume));
      if (mine !== asked) return;
      since = performance.now();
    }
    const made = document.createDocumentFragment();
    for (const [first, past] of placesIn(foldedChapter(index), needle)) {
      count += 1;
      if (count <= MOST) made.append(resultOf(chapterOf(index), first, past));
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
