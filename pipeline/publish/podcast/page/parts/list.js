// The list of episodes: what is heard of each, and a button to hear it.

const rows = [...element("episodes").children];
const PLAY = "M8 4.8v14.4L19.5 12z";
const PAUSE = "M7 5h3.4v14H7zM13.6 5H17v14h-3.4z";

/** The episodes, the newest first: each is what the player plays. */
const episodes = podcast.episodes.map(({ key, stem, audio, length, words, picture, language, direction }, index) => {
  const title = rows[index].querySelector("h3").textContent;
  return {
    key, stem, title, language, direction, words,
    row: rows[index],
    author: element("show-author").textContent,
    album: element("show-name").textContent,
    picture,
    cover: picture || podcast.artwork,
    files: [{ source: audio, start: 0, end: length }],
    chapters: [{ title, start: 0, end: length }],
    parts: [{ title, start: 0 }],
    sections: null,
  };
});
const byStem = new Map(episodes.map((episode) => [episode.stem, episode]));

function icon(path) {
  const made = document.createElementNS(element("play").firstElementChild.namespaceURI, "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(made.namespaceURI, "path");
  line.setAttribute("d", path);
  line.setAttribute("class", "solid");
  made.append(line);
  return made;
}

/** How an episode stands with this listener: { time } in ms, or { done }. */
function heardOf(episode) {
  const { time, done } = recall(placeKey(episode));
  const heard = episode === book && file >= 0 && !audio.ended ? now() : time;
  return { time: typeof heard === "number" ? heard : 0, done: done === true };
}

/** "12 min", for what is left. */
function minutes(milliseconds) {
  const whole = Math.max(1, Math.round(milliseconds / 60000));
  const hours = Math.floor(whole / 60);
  return hours ? `${hours} h${whole % 60 ? ` ${whole % 60} min` : ""}` : `${whole} min`;
}

/** Show in the list what is heard of an episode, and whether it plays. */
function tellRow(episode) {
  const { row, chapters, title } = episode;
  const whole = chapters[0].end;
  const { time, done } = heardOf(episode);
  const begun = !done && time > 5000;
  row.querySelector(".heard").textContent = done ? "Played" : begun ? `${minutes(whole - time)} left` : "";
  row.style.setProperty("--heard", begun ? String(time / whole) : "0");
  row.classList.toggle("begun", begun);
  row.classList.toggle("done", done);
  const playing = episode === book && isPlaying();
  const button = row.querySelector("button.play");
  if (button.dataset.state === String(playing)) return;
  button.dataset.state = String(playing);
  button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${title}`);
  button.replaceChildren(icon(playing ? PAUSE : PLAY));
}

/** Play an episode from where it was left, or stop it. */
function toggleEpisode(episode) {
  if (episode === book) return toggle();
  begin(episode, -1);
  return play();
}

/** Have the player hold an episode, at a time in ms, or, where that is below 0, where it was left. */
function begin(episode, time) {
  if (episode !== book) openBook(episode);
  else if (time < 0) return;
  seek(time < 0 ? keptPlace() : time);
}

/** What was listened to last and not to its end. */
function lastHeard() {
  const { last } = recall(SHOW);
  const found = episodes.find(({ key }) => key === last);
  return found && heardOf(found).time > 5000 && !heardOf(found).done ? found : null;
}

function prepareList() {
  for (const episode of episodes) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "play";
    button.addEventListener("click", () => toggleEpisode(episode));
    episode.row.prepend(button);
    tellRow(episode);
  }
  const last = lastHeard();
  if (last) {
    const button = element("go-on");
    button.append(icon(PLAY), withText("span", "Go on with "), inBook(withText("span", last.title), last));
    button.hidden = false;
    button.addEventListener("click", () => {
      button.hidden = true;
      toggleEpisode(last);
    });
  }
}

/** The feed's address: that of the page's own folder, unless the page was opened from disk. */
function feedAddress() {
  return /^https?:$/.test(location.protocol) ? new URL("feed.xml", location.href).href : podcast.feed;
}

function copy(text, button) {
  const before = button.textContent;
  navigator.clipboard?.writeText(text).then(
    () => {
      button.textContent = "Copied";
      say("Copied");
      setTimeout(() => { button.textContent = before; }, 2000);
    },
    () => window.prompt("Copy this address:", text),
  ) ?? window.prompt("Copy this address:", text);
}

function prepareSubscription() {
  const feed = feedAddress();
  if (!feed) return;
  element("copy-feed").hidden = element("in-app").hidden = false;
  element("copy-feed").addEventListener("click", () => copy(feed, element("copy-feed")));
  element("in-app").href = feed.replace(/^https?:/, "podcast:");
}
