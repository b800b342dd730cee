// The files beside the page. A page from disk may load scripts alone: they hand their data over by calling `voxpress`.

const podcast = JSON.parse(element("show").textContent);
const BESIDE = /^\.\/([0-9A-Za-z%-]+\.words|search-\d+)\.js\?[0-9a-f]+$/;
const loading = new Map(); // address -> promise of what the file hands over
const waiting = new Map(); // name -> who waits for it

/** The only addresses of which a browser makes scripts here (Trusted Types); elsewhere they are checked alike. */
const addresses = {
  createScriptURL(address) {
    if (!BESIDE.test(address)) throw new TypeError(`Not a file of this page: ${address}`);
    return address;
  },
};
const trusted = window.trustedTypes?.createPolicy("voxpress", addresses) ?? addresses;

window.voxpress = (name, data) => {
  waiting.get(name)?.(data);
  waiting.delete(name);
};

/** What a file beside the page hands over under `name`; null where it is not there. */
function load(address, name) {
  let promise = loading.get(address);
  if (!promise) {
    promise = new Promise((resolve) => {
      const script = document.createElement("script");
      const end = () => {
        script.remove();
        if (waiting.delete(name)) loading.delete(address); // it may be there at the next try
        resolve(null);
      };
      waiting.set(name, resolve);
      script.onload = script.onerror = end;
      script.src = trusted.createScriptURL(address);
      document.head.append(script);
    });
    loading.set(address, promise);
  }
  return promise;
}

/** The text of an episode and what else is told of it, loaded when it is first asked for; false where it is missing. */
async function loadText(episode) {
  if (episode.sections) return true;
  const data = episode.words ? await load(episode.words, episode.stem) : null;
  loading.delete(episode.words);
  if (!data) return false;
  if (episode.sections) return true;
  const { chapters, sources, persons, provenance, sections } = data;
  Object.assign(episode, { marks: chapters, sources, persons, provenance, sections });
  if (chapters.length) {
    episode.parts = chapters.map(([title, start]) => ({ title, start }));
    if (episode.parts[0].start > 0) episode.parts.unshift({ title: episode.title, start: 0 });
  }
  unpacked.delete(`${episode.key} 0`);
  return true;
}

/** A text that nobody reads is loaded again when somebody does. */
function forgetText(episode) {
  if (episode === viewed || episode === book) return;
  episode.sections = null;
  unpacked.delete(`${episode.key} 0`);
}
