// One episode: what is told of it, its chapters, and its text.

let viewed = null; // the episode that is shown; null: the list is

/** Show an episode, or the list where there is none. */
function view(episode) {
  if (viewed === episode) return;
  viewed = episode;
  element("list").hidden = episode !== null;
  element("episode").hidden = episode === null;
  document.documentElement.dataset.view = episode ? "episode" : "list";
  clearMarks();
  shown = null;
  article.replaceChildren();
  showTitles();
  if (episode) fillEpisode(episode);
  offerReturn();
}

function fillEpisode(episode) {
  const { row } = episode;
  const title = element("episode-title");
  title.textContent = episode.title;
  inBook(title, episode);
  element("episode-facts").replaceChildren(...[...row.querySelectorAll(".facts > *")].map((part) => part.cloneNode(true)));
  const summary = element("episode-summary");
  summary.textContent = row.querySelector(".summary").textContent;
  inBook(summary, episode);
  inBook(article, episode);
  const picture = element("episode-picture");
  picture.hidden = !episode.picture;
  if (episode.picture) picture.src = episode.picture;
  element("episode-more").replaceChildren();
  element("waiting").textContent = "";
  element("text-title").hidden = false;
  element("episode-links").replaceChildren(row.querySelector(".links a").cloneNode(true));
  tellButton();
  fillText(episode);
}

async function fillText(episode) {
  const late = setTimeout(() => { if (viewed === episode) element("waiting").textContent = "The transcript is loaded …"; }, 400);
  const there = await loadText(episode);
  clearTimeout(late);
  if (viewed !== episode) return;
  element("waiting").textContent = there ? "" : "There is no transcript of this episode here.";
  if (!there) return;
  fillMore(episode);
  element("text-title").hidden = !episode.sections.length;
  if (episode.sections.length) show(0, episode);
  if (episode === book && !resting) follow(true);
  else paint();
  told = "";
  showLine();
}

/** Chapters, sources, people and files. */
function fillMore({ chapters: [{ end }], language, direction, marks, sources, persons, provenance }) {
  const text = (name, content) => inBook(withText(name, content), { language, direction });
  const more = element("episode-more");
  const made = [];
  if (persons.length) {
    const line = withText("p", persons.every(([, role]) => role === "narrator") ? "Read by " : "With ", "persons");
    line.append(...persons.flatMap(([name], n) => [n ? (n === persons.length - 1 ? " and " : ", ") : "", text("span", name)]));
    made.push(line);
  }
  if (marks.length > 1) {
    const list = document.createElement("ol");
    list.id = "chapters";
    marks.forEach(([title, start, link], n) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.start = String(start);
      const seen = withText("small", clock(start));
      seen.setAttribute("aria-hidden", "true");
      button.append(seen, text("span", title), withText("span", `, ${spokenTime((marks[n + 1]?.[1] ?? end) - start)}`, "unseen"));
      button.addEventListener("click", () => {
        begin(viewed, start);
        follow(true);
      });
      item.append(button);
      if (link) item.append(away(link, "Source", `Source of ${title}`));
      list.append(item);
    });
    made.push(withText("h2", "Chapters"), list);
  }
  if (sources.length) {
    const list = document.createElement("ul");
    list.id = "sources";
    for (const { title, link, by, site, published, licence } of sources) {
      const item = document.createElement("li");
      const name = title || link || site || "Source";
      item.append(link ? inBook(away(link, name), { language, direction }) : text("span", name));
      const about = [by, site, published, licence].filter(Boolean).join(" · ");
      if (about) item.append(withText("small", about));
      list.append(item);
    }
    made.push(withText("h2", sources.length > 1 ? "Sources" : "Source"), list);
  }
  if (provenance) made.push(withText("p", provenance, "provenance"));
  more.replaceChildren(...made);
  markChapter();
}

/** A link to elsewhere; only to the web, whatever the data says. */
function away(link, text, label = "") {
  const made = withText(/^https?:/i.test(link) ? "a" : "span", text);
  if (made.localName === "a") {
    made.href = link;
    made.rel = "noreferrer noopener";
  }
  if (label) made.setAttribute("aria-label", label);
  return made;
}

/** What the large button does. */
function tellButton() {
  if (!viewed) return;
  const playing = viewed === book && isPlaying();
  const { time, done } = heardOf(viewed);
  const label = playing ? "Pause" : !done && time > 5000 ? `Go on at ${clock(time)}` : "Play";
  const button = element("play-this");
  if (button.textContent === label) return;
  button.replaceChildren(icon(playing ? PAUSE : PLAY), withText("span", label));
}

function markChapter() {
  const list = document.getElementById("chapters");
  if (!list) return;
  const time = viewed === book ? now() : -1;
  const buttons = [...list.querySelectorAll("button")];
  const here = buttons.findLast((button) => Number(button.dataset.start) <= time);
  for (const button of buttons) {
    if (button === here) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}
