// Everything together: what the page shows, and what it answers.

const seekBar = element("seek");
let scrubbing = false;
let told = ""; // what the line under the text says now
let frame = 0;
let saved = 0;

/** While it plays, once for each frame that is painted. */
function tick() {
  frame = 0;
  paint();
  showLine();
  watchSleep();
  if (isPlaying()) frame = requestAnimationFrame(tick);
}

/** The reading is elsewhere: show it, playing or not. */
function moved() {
  if (shown) paint();
  showLine();
}

/** The line of the player: time gone and left in the chapter, at this speed. */
function showLine() {
  const time = scrubbing ? book.chapters[chapterAt(now())].start + Number(seekBar.value) * 1000 : now();
  const index = chapterAt(scrubbing ? now() : time);
  const { start, end, title } = book.chapters[index];
  const line = `${index} ${Math.floor((time - start) / 1000)} ${speed}`;
  if (line === told) return;
  told = line;
  element("elapsed").textContent = clock(time - start);
  element("remaining").textContent = `−${clock((end - time) / speed)}`;
  seekBar.max = String(Math.max(1, Math.floor((end - start) / 1000)));
  if (!scrubbing) seekBar.value = String(Math.floor((time - start) / 1000));
  seekBar.setAttribute("aria-valuetext", `${spokenTime(time - start)} of ${spokenTime(end - start)}`);
  seekBar.style.setProperty("--done", String(Number(seekBar.value) / Number(seekBar.max)));
  if (element("chapter-name").textContent !== title) {
    element("chapter-name").textContent = title;
    element("chapter-count").textContent = `${index + 1} of ${last + 1}`;
    element("chapter-count").hidden = last === 0;
    element("previous").disabled = element("next").disabled = last === 0;
    tellSystem();
  }
}

function showState() {
  const playing = isPlaying();
  element("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  document.documentElement.dataset.playing = String(playing);
  if ("mediaSession" in navigator) navigator.mediaSession.playbackState = playing ? "playing" : "paused";
  if (playing && !frame) frame = requestAnimationFrame(tick);
  if (!playing) {
    paint();
    showLine();
  }
}

function showTitles() {
  document.title = last ? `${book.chapters[shown.index].title} – ${book.title}` : book.title;
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
  element("onward").hidden = last === 0;
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

function prepareAudio() {
  audio.addEventListener("loadedmetadata", () => {
    audio.playbackRate = speed;
    element("trouble").hidden = true;
    arrive();
    moved();
  });
  audio.addEventListener("ended", () => {
    if (file + 1 >= book.files.length) return showState();
    resuming = true;
    return seek(book.files[file + 1].start);
  });
  audio.addEventListener("error", tellTrouble);
  for (const name of ["play", "playing", "pause"]) audio.addEventListener(name, showState);
  audio.addEventListener("pause", () => rememberPlace(now()));
  audio.addEventListener("seeked", () => moved());
  audio.addEventListener("timeupdate", () => {
    watchSleep();
    if (Math.abs(now() - saved) > 3000) {
      saved = now();
      rememberPlace(saved);
      tellSystem();
    }
  });
  window.addEventListener("pagehide", () => rememberPlace(now()));
  document.addEventListener("visibilitychange", () => rememberPlace(now()));
}

function prepareControls() {
  const on = (id, answer) => element(id).addEventListener("click", answer);
  on("play", toggle);
  on("back", () => skip(-BACK));
  on("on", () => skip(ON));
  on("previous", () => skipChapter(-1));
  on("next", () => skipChapter(1));
  for (const [id, by] of [["to-previous", -1], ["to-next", 1]]) {
    on(id, () => {
      goToChapter(shown.index + by);
      article.focus({ preventScroll: true });
    });
  }
  seekBar.addEventListener("input", () => {
    scrubbing = true;
    showLine();
  });
  seekBar.addEventListener("change", () => {
    const { start } = book.chapters[chapterAt(now())];
    scrubbing = false;
    seek(start + Number(seekBar.value) * 1000);
    follow(true);
  });
  document.addEventListener("pointerdown", noteSelection);
  document.addEventListener("click", answerClick); // not on the text: screen readers would call all of it clickable
  article.addEventListener("blur", () => cursor >= 0 && putCursor(-1));
  document.addEventListener("keydown", answerKey);
  window.addEventListener("hashchange", () => {
    if (!/^#t=/.test(location.hash)) return;
    seek(firstPlace());
    follow(true);
    forgetAddress();
  });
}

applyLook();
prepareBook();
preparePanels();
prepareAudio();
prepareControls();
watchReader();
answerSystem();
seek(firstPlace());
forgetAddress();
setSpeed(Number(recall(PLACE).speed) || 1);
follow(true);
showState();
