// One recording of one or more files, with one time line: milliseconds from the edition's start.

const audio = element("audio");
const SPEEDS = [0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1, 1.1, 1.2, 1.25, 1.3, 1.4, 1.5, 1.6, 1.7, 1.75, 1.8, 1.9, 2, 2.25, 2.5, 2.75, 3];
const BACK = 15000;
const ON = 30000;
let file = -1; // the one that is loaded
let wanted = null; // a time that waits for its file to be loaded
let speed = 1;

const isPlaying = () => !audio.paused && !audio.ended;
const whole = () => book.chapters[book.chapters.length - 1].end;

/** Something else is played from now on: its file is not loaded yet. */
function unload() {
  if (!audio.paused) resuming = true; // what is loaded next goes on playing
  file = -1;
  wanted = null;
}

/** Where the reading is, in ms. */
function now() {
  if (wanted !== null) return wanted;
  if (file < 0) return book.chapters[0].start;
  return Math.min(book.files[file].start + audio.currentTime * 1000, whole());
}

function fileAt(time) {
  let found = 0;
  while (found + 1 < book.files.length && book.files[found + 1].start <= time) found += 1;
  return found;
}

/** Go to a time in ms; playing goes on where it was playing. */
function seek(time) {
  const goal = Math.min(Math.max(0, time), whole() - 1);
  const needed = fileAt(goal);
  wanted = goal;
  if (needed !== file) {
    const playing = isPlaying() || resuming;
    file = needed;
    audio.src = book.files[file].source;
    audio.playbackRate = audio.defaultPlaybackRate = speed;
    if (playing) play();
  } else arrive();
  rememberPlace(goal);
  moved();
}

/** Set the media's own time as soon as it has one. */
function arrive() {
  if (wanted === null || audio.readyState < HTMLMediaElement.HAVE_METADATA) return;
  // A millisecond's fraction more: rounding down must not land in the word before.
  audio.currentTime = Math.max(0, (wanted + 0.5 - book.files[file].start) / 1000);
  wanted = null;
}

let resuming = false; // between the end of a file and the start of the next

function play() {
  if (file < 0 || audio.ended) seek(audio.ended && file === book.files.length - 1 ? 0 : now());
  resuming = true;
  audio.play().then(
    () => { resuming = false; },
    () => { resuming = false; }, // what is wrong with the file is told by its error
  );
}

function pause() {
  resuming = false;
  audio.pause();
}

const toggle = () => (isPlaying() ? pause() : play());

function skip(milliseconds) {
  seek(now() + milliseconds);
  follow(true);
}

/** To the start of the part `by` parts on; back to this one's own start where it is well under way. */
function skipPart(by) {
  const here = partAt(now());
  const under = by < 0 && now() - parts()[here].start > 4000;
  goToPart(Math.min(Math.max(0, under ? here : here + by), parts().length - 1));
}

function goToPart(index) {
  const { start, title } = parts()[index];
  seek(start);
  follow(true);
  if (inView() && parts() === book.chapters) window.scrollTo({ top: 0 });
  say(title);
}

function goToWord(chapter, word) {
  if (chapter.book !== book) openBook(chapter.book);
  seek(chapter.starts[word]);
  follow(true);
}

function skipSentence(by) {
  const chapter = chapterOf(chapterAt(now()));
  if (!chapter.count) return;
  let place = chapter.order.indexOf(chapter.sentenceOf(chapter.wordAt(now()))); // -1 before the first
  const begun = now() - chapter.begins[place];
  place += by < 0 && begun > 1500 ? 0 : by; // back is at first to where this one begins
  if (place >= chapter.order.length) skipPart(1);
  else goToWord(chapter, chapter.sentences[chapter.order[Math.max(0, place)]]);
}

function setSpeed(value, aloud = false) {
  speed = Math.min(3, Math.max(0.5, value));
  audio.preservesPitch = true;
  audio.playbackRate = audio.defaultPlaybackRate = speed;
  element("speed").value = String(speed);
  remember(speedKey(), { speed });
  tellSystem();
  if (aloud) say(`Speed ${speed}`);
}

function changeSpeed(by) {
  const here = SPEEDS.findIndex((value) => value >= speed - 0.001);
  setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, here + by))], true);
}

function tellTrouble() {
  const name = decodeURIComponent(book.files[Math.max(0, file)].source.slice(2));
  element("trouble").textContent =
    `The recording could not be played: ${name} has to lie in the same folder as this page, and the browser has ` +
    "to know its format.";
  element("trouble").hidden = false;
}

// -- sleep timer ------------------------------------------------------------------------------------------

const FADE = 8000; // ms over which the voice fades
const sleeping = { until: 0, chapter: false };

function setSleep(choice) {
  sleeping.until = Number(choice) ? Date.now() + Number(choice) * 60000 : 0;
  sleeping.chapter = choice === "chapter" ? (parts()[partAt(now()) + 1]?.start ?? whole()) : 0;
  audio.volume = 1;
  if (choice === "off") say("Sleep timer off");
}

/** Fade and stop when it is time. */
function watchSleep() {
  if (!sleeping.until && !sleeping.chapter) return;
  if (!isPlaying()) return;
  const left = sleeping.until ? sleeping.until - Date.now() : (sleeping.chapter - now()) / speed;
  if (sleeping.until) audio.volume = Math.min(1, Math.max(0, left / FADE));
  if (left > (sleeping.until ? 0 : 60)) return;
  pause();
  audio.volume = 1;
  sleeping.until = sleeping.chapter = 0;
  element("sleep").value = "off";
}

// -- what the system shows: headphones' buttons, lock screens ----------------------------------------------

function tellSystem() {
  if (!book || !("mediaSession" in navigator)) return;
  const title = nameOf(now())[0];
  const known = navigator.mediaSession.metadata;
  if (!known || known.title !== title) {
    const cover = new URL(book.cover, location.href);
    const artwork = book.cover && cover.protocol !== "file:" ? [{ src: cover.href, type: "image/jpeg" }] : [];
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist: book.author, album: book.album ?? book.title, artwork });
  }
  const here = Math.min(now(), whole()) / 1000;
  navigator.mediaSession.setPositionState?.({ duration: whole() / 1000, position: here, playbackRate: speed });
}

function answerSystem() {
  if (!("mediaSession" in navigator)) return;
  const answers = {
    play,
    pause,
    seekbackward: (asked) => skip(-(asked.seekOffset ?? BACK / 1000) * 1000),
    seekforward: (asked) => skip((asked.seekOffset ?? ON / 1000) * 1000),
    seekto: (asked) => seek(asked.seekTime * 1000),
    previoustrack: () => skipPart(-1),
    nexttrack: () => skipPart(1),
  };
  for (const [action, answer] of Object.entries(answers)) {
    try {
      navigator.mediaSession.setActionHandler(action, answer);
    } catch {
      // An action that this browser does not know.
    }
  }
}
