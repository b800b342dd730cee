// The page of one book: what it was given, and what is its own.

const PANELS = { contents: openContents, search: () => {}, view: openView, help: () => {} };

// -- what the parts ask of a page ---------------------------------------------------------------------------

/** A chapter's data, unpacked only when it is asked for. */
function sectionsOf(owner, index) {
  const { start, title } = owner.chapters[index];
  return [{ start, title, blocks: JSON.parse(element(`chapter-${index}`).textContent) }];
}

/** What is played now is another book: never here. */
function opened() {}

/** All was heard. */
function finished() {}

/** Whether the text on the page is of what is played. */
function inView() {
  return true;
}

/** Show a text that somebody wants to read: it is there. */
function toText() {}

/** What is played at a time, and which of how many it is. */
function nameOf(time) {
  const index = chapterAt(time);
  const many = book.chapters.length;
  return [book.chapters[index].title, many > 1 ? `${index + 1} of ${many}` : ""];
}

/** Under which the speed is kept: each book has its own. */
function speedKey() {
  return placeKey();
}

function showTitles() {
  document.title = book.chapters.length > 1 ? `${book.chapters[shown.index].title} – ${book.title}` : book.title;
}

/** The buttons below the text. */
function showOnward(index) {
  const put = (id, other, arrow) => {
    const button = element(id);
    button.hidden = !book.chapters[other];
    if (book.chapters[other]) button.replaceChildren(withText("small", arrow), inBook(withText("span", book.chapters[other].title)));
  };
  put("to-previous", index - 1, "Before");
  put("to-next", index + 1, "Next");
  element("onward").hidden = book.chapters.length === 1;
}

function prepareBook() {
  inBook(article);
  for (const [id, text] of [["book-title", book.title], ["book-author", book.author], ["about-title", book.title]]) {
    element(id).textContent = text;
    element(id).dir = "auto";
    if (book.language !== "und") element(id).lang = book.language;
  }
  element("about-people").textContent = book.narrator ? `${book.author}, read by ${book.narrator}` : book.author;
  if (book.cover) element("cover").src = book.cover;
}

/** A time that the address names (#t=SECONDS), in ms; -1 where there is none. */
function askedPlace() {
  const asked = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  return asked ? Number(asked[1]) * 1000 : -1;
}

/** A time in the address is asked for once: whoever loads the page again wants to go on where they are. */
function forgetAddress() {
  if (/^#t=/.test(location.hash)) history.replaceState(null, "", "#");
}

function prepareOnward() {
  for (const [id, by] of [["to-previous", -1], ["to-next", 1]]) {
    element(id).addEventListener("click", () => {
      goToPart(shown.index + by);
      article.focus({ preventScroll: true });
    });
  }
  window.addEventListener("hashchange", () => {
    if (askedPlace() < 0) return;
    seek(askedPlace());
    follow(true);
    forgetAddress();
  });
}

book = JSON.parse(element("book").textContent);
applyLook();
prepareBook();
preparePanels();
prepareAudio();
prepareControls();
prepareOnward();
watchReader();
answerSystem();
seek(askedPlace() < 0 ? keptPlace() : askedPlace());
forgetAddress();
setSpeed(Number(recall(speedKey()).speed) || 1);
follow(true);
showState();
