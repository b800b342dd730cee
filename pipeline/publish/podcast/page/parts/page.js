// The page of a show: what the parts ask of it, and which view its address names.

const SHOW = `voxpress.show.${podcast.key}`; // under which is kept what is the same for all episodes
const PANELS = { search: () => {}, view: openView, help: () => {} };
let toldAt = 0;

// -- what the parts ask of a page ---------------------------------------------------------------------------

/** The text of an episode; none until it is loaded. */
function sectionsOf(owner) {
  return owner.sections ?? [];
}

/** Another episode is played from now on. */
function opened() {
  unload();
  element("player").hidden = false;
  const name = element("part-name");
  name.href = `#${book.stem}`;
  inBook(name);
  element("speaker").textContent = "";
  tellAll();
  const episode = book;
  loadText(episode).then(() => episode === book && showLine());
}

/** All of an episode was heard: it begins anew the next time. */
function finished() {
  remember(placeKey(), { chapter: 0, time: 0, done: true });
  tellAll();
}

function inView() {
  return viewed !== null && viewed === book && Boolean(book.sections?.length);
}

/** Show a text that somebody wants to read. */
function toText(episode) {
  if (viewed !== episode) history.pushState(null, "", `#${episode.stem}`);
  view(episode);
  if (episode.sections?.length) show(0, episode);
}

/** The episode, and which chapter is heard. */
function nameOf(time) {
  const part = parts()[partAt(time)];
  return [book.title, part.title === book.title ? "" : part.title];
}

function speedKey() {
  return SHOW;
}

function showTitles() {
  const name = element("show-name").textContent;
  document.title = viewed ? `${viewed.title} – ${name}` : name;
}

function showOnward() {}

// -- views ------------------------------------------------------------------------------------------------

function tellAll() {
  for (const episode of episodes) if (episode === book || episode.row.querySelector('[data-state="true"]')) tellRow(episode);
  tellButton();
  markChapter();
}

/** What the address asks for: an episode, and a time in ms, below 0 where it names none. */
function askedFor() {
  const [, name, seconds] = /^#([^?]*)(?:\?t=(\d+(?:\.\d+)?))?$/.exec(location.hash) ?? [];
  return [byStem.get(name) ?? null, seconds === undefined ? -1 : Number(seconds) * 1000];
}

let listPlace = 0; // how far the list was scrolled

/** Go to what the address names. */
function goToAddress() {
  const before = viewed;
  if (!before) listPlace = window.scrollY;
  const [episode, time] = askedFor();
  view(episode);
  if (episode) {
    if (time >= 0 || !book || !isPlaying()) begin(episode, time);
    if (time >= 0) {
      history.replaceState(null, "", `#${episode.stem}`); // whoever loads the page again wants to go on where they are
      follow(true);
    } else if (episode !== before) {
      window.scrollTo({ top: 0, behavior: "instant" });
      rest();
    }
  } else if (before) {
    tellRow(before);
    window.scrollTo({ top: listPlace, behavior: "instant" });
  }
  return episode !== before;
}

function prepareViews() {
  new IntersectionObserver(([{ isIntersecting }]) => {
    document.documentElement.dataset.titled = String(isIntersecting);
  }).observe(element("show-title"));
  window.addEventListener("hashchange", () => {
    const before = viewed;
    if (!goToAddress()) return;
    if (viewed) element("episode-title").focus({ preventScroll: true });
    else before.row.querySelector("h3 a").focus({ preventScroll: true });
  });
  element("play-this").addEventListener("click", () => {
    toggleEpisode(viewed);
    follow(true);
  });
  element("copy-link").addEventListener("click", () => {
    const seconds = viewed === book ? Math.floor(now() / 1000) : 0;
    copy(new URL(`#${viewed.stem}${seconds ? `?t=${seconds}` : ""}`, location.href).href, element("copy-link"));
  });
  element("ask").addEventListener("click", () => open("search"));
  for (const link of document.querySelectorAll(".skip")) {
    link.addEventListener("click", (event) => {
      event.preventDefault(); // the address says which episode is shown
      (link.hash === "#player" ? (book ? element("play") : element("ask")) : element("main")).focus();
    });
  }
  ALWAYS.e = () => { location.hash = ""; };
  audio.addEventListener("play", () => {
    remember(SHOW, { last: book.key });
    remember(placeKey(), { done: false });
  });
  for (const name of ["play", "playing", "pause", "seeked"]) audio.addEventListener(name, tellAll);
  audio.addEventListener("timeupdate", () => {
    if (Math.abs(now() - toldAt) < 1000) return;
    toldAt = now();
    tellAll();
  });
}

element("player").hidden = true;
applyLook();
prepareList();
prepareSubscription();
preparePanels();
prepareAudio();
prepareControls();
prepareViews();
watchReader();
answerSystem();
goToAddress();
setSpeed(Number(recall(SHOW).speed) || 1);
