// Search in titles, summaries and all that is said. Only the texts that may have what is sought are loaded.

const FEW = 5; // places of an episode that are listed at first
let asked = 0;
let vocabularies = null; // stem -> the words of the episode's text

/** Which words each episode has; loaded once. */
async function loadVocabularies() {
  if (!vocabularies) {
    const shards = await Promise.all(podcast.shards.map((address) => load(address, address.slice(2).split("?")[0])));
    vocabularies = new Map(shards.flatMap((shard) => shard ?? []));
  }
  return vocabularies;
}

/** What a text must have so that a question can be found in it: its runs of letters and digits. */
const runsOf = (needle) => needle.match(/[\p{L}\p{N}]+/gu) ?? [];

/** Ask, and list what is found; a later question ends this one. */
async function search(question) {
  asked += 1;
  const mine = asked;
  const needle = fold(question).trim();
  element("results").replaceChildren();
  element("found").textContent = "";
  if (!isAskable(needle)) return;
  const runs = runsOf(needle);
  const named = episodes.filter((episode) => isNamed(episode, runs, needle));
  const groups = new Map(named.map((episode) => [episode, groupOf(episode)]));
  element("results").append(...groups.values());
  const known = await loadVocabularies();
  if (mine !== asked) return;
  const may = episodes.filter(({ stem }) => runs.every((run) => known.get(stem)?.includes(run)));
  let count = 0;
  let looked = 0;
  for (const episode of may) {
    if (count >= MOST) break;
    if (looked % 20 === 0) tellSearch(named.length, count, `Looking through ${may.length - looked} more …`);
    const found = await placesOf(episode, needle);
    if (mine !== asked) return;
    looked += 1;
    if (!found.length) continue;
    count += found.length;
    if (!groups.has(episode)) {
      const after = [...groups.keys()].find((other) => episodes.indexOf(other) > episodes.indexOf(episode));
      groups.set(episode, groupOf(episode));
      if (after) groups.get(after).before(groups.get(episode));
      else element("results").append(groups.get(episode));
    }
    listPlaces(groups.get(episode), episode, found);
  }
  tellSearch(groups.size, count, looked < may.length ? `The first ${looked} of ${may.length} episodes were searched.` : "");
}

function tellSearch(many, count, more) {
  const said = (number, one) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
  const told = count ? `${said(count, "place")} in ${said(many, "episode")}.` : many ? `${said(many, "episode")}.` : more ? "" : "Nothing found.";
  element("found").textContent = [told, more].filter(Boolean).join(" ");
}

/** Whether title and summary have all that is sought. */
function isNamed(episode, runs, needle) {
  episode.folded ??= fold(`${episode.title} ${episode.row.querySelector(".summary").textContent}`);
  return runs.length ? runs.every((run) => episode.folded.includes(run)) : episode.folded.includes(needle);
}

/** Where a text has what is sought; the text is not kept where it has not. */
async function placesOf(episode, needle) {
  if (!(await loadText(episode))) return [];
  const found = [...placesIn(foldedText(episode.sections), needle)];
  if (!found.length) forgetText(episode);
  return found;
}

/** An episode among the results. */
function groupOf(episode) {
  const group = document.createElement("li");
  const link = inBook(withText("a", episode.title), episode);
  link.href = `#${episode.stem}`;
  link.addEventListener("click", () => element("search").close());
  const title = document.createElement("h3");
  title.append(link, withText("small", episode.row.querySelector("time").textContent));
  group.append(title);
  return group;
}

function listPlaces(group, episode, found) {
  const list = document.createElement("ol");
  const chapter = chapterOf(0, episode);
  const add = (places) => list.append(...places.map(([first, past]) => resultOf(chapter, first, past)));
  add(found.slice(0, FEW));
  group.append(list);
  if (found.length <= FEW) return;
  const more = withText("button", `${found.length - FEW} more in this episode`, "quiet");
  more.type = "button";
  more.addEventListener("click", () => {
    add(found.slice(FEW));
    more.remove();
    list.children[FEW].firstElementChild.focus();
  });
  group.append(more);
}
