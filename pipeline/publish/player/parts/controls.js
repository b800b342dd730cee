// The player's bar: what it shows, and what it answers.

const seekBar = element("seek");
let scrubbing = false;
let told = ""; // what the line under the text says now
let toldName = "";
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
  if (!book) return;
  const { start, end } = book.chapters[chapterAt(now())];
  const time = scrubbing ? start + Number(seekBar.value) * 1000 : now();
  const [name, detail] = nameOf(time);
  const line = `${book.key} ${start} ${Math.floor((time - start) / 1000)} ${speed} ${detail}`;
  if (line === told) return;
  told = line;
  element("elapsed").textContent = clock(time - start);
  element("remaining").textContent = `−${clock((end - time) / speed)}`;
  seekBar.max = String(Math.max(1, Math.floor((end - start) / 1000)));
  if (!scrubbing) seekBar.value = String(Math.floor((time - start) / 1000));
  seekBar.setAttribute("aria-valuetext", `${spokenTime(time - start)} of ${spokenTime(end - start)}`);
  seekBar.style.setProperty("--done", String(Number(seekBar.value) / Number(seekBar.max)));
  element("part-name").textContent = name;
  element("part-detail").textContent = detail;
  element("previous").disabled = element("next").disabled = parts().length < 2;
  if (name !== toldName) tellSystem();
  toldName = name;
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

function prepareAudio() {
  audio.addEventListener("loadedmetadata", () => {
    audio.playbackRate = speed;
    element("trouble").hidden = true;
    arrive();
    moved();
  });
  audio.addEventListener("ended", () => {
    if (file + 1 < book.files.length) {
      resuming = true;
      seek(book.files[file + 1].start);
    } else {
      finished();
      showState();
    }
  });
  audio.addEventListener("error", tellTrouble);
  for (const name of ["play", "playing", "pause"]) audio.addEventListener(name, showState);
  audio.addEventListener("pause", () => keepPlace());
  audio.addEventListener("seeked", () => moved());
  audio.addEventListener("timeupdate", () => {
    watchSleep();
    if (Math.abs(now() - saved) > 3000) {
      saved = now();
      rememberPlace(saved);
      tellSystem();
    }
  });
  window.addEventListener("pagehide", keepPlace);
  document.addEventListener("visibilitychange", keepPlace);
}

/** What is played goes on here at the next visit; what was heard to its end begins anew. */
function keepPlace() {
  if (book && file >= 0 && !audio.ended) rememberPlace(now());
}

function prepareControls() {
  const on = (id, answer) => element(id).addEventListener("click", answer);
  on("play", toggle);
  on("back", () => skip(-BACK));
  on("on", () => skip(ON));
  on("previous", () => skipPart(-1));
  on("next", () => skipPart(1));
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
}
