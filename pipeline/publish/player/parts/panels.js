// The panels, and what is chosen in them. A page says with PANELS which it has, and what is done before each opens.

const SIZES = [75, 85, 100, 115, 130, 150, 175, 200, 240];
const SLEEPS = [["off", "Off"], ["5", "5 min"], ["10", "10 min"], ["15", "15 min"], ["20", "20 min"], ["30", "30 min"], ["45", "45 min"], ["60", "1 hour"], ["90", "1½ hours"], ["chapter", "Chapter’s end"]];

function open(name) {
  const panel = element(name);
  if (panel.open) return;
  PANELS[name]();
  panel.showModal();
  if (name === "contents") panel.querySelector("[aria-current]")?.focus();
  if (name === "search") element("query").select();
}

function openView() {
  for (const name of ["face", "theme", "mark"]) {
    document.querySelector(`input[name=${name}][value=${look[name]}]`).checked = true;
  }
  element("follows").checked = look.follows;
  element("keys").checked = look.keys;
}

/** Change the look of all books in this browser. */
function setLook(changes) {
  Object.assign(look, changes);
  remember(LOOK, look);
  applyLook();
}

function applyLook() {
  const root = document.documentElement;
  if (!SIZES.includes(look.size)) look.size = 100;
  for (const [name, known] of [["face", ["serif", "sans"]], ["theme", ["auto", "light", "dark"]], ["mark", ["both", "word", "sentence", "none"]]]) {
    if (!known.includes(look[name])) look[name] = known[0];
    root.dataset[name] = look[name];
  }
  root.style.setProperty("--size", String(look.size / 100));
  element("size").textContent = `${look.size} %`;
}

function changeSize(by, aloud = false) {
  const here = SIZES.indexOf(look.size);
  setLook({ size: SIZES[Math.min(SIZES.length - 1, Math.max(0, here + by))] });
  if (aloud) say(`Text size ${look.size} percent`);
  if (book && following) paint(true);
}

function preparePanels() {
  for (const name of Object.keys(PANELS)) {
    const panel = element(name);
    ALWAYS[panel.dataset.key] = () => open(name);
    element(`open-${name}`).addEventListener("click", () => open(name));
    panel.querySelector(".close").addEventListener("click", () => panel.close());
    panel.addEventListener("close", () => {
      if (panel.contains(document.activeElement)) document.activeElement.blur(); // keys belong to the page again
    });
  }
  document.addEventListener("pointerdown", ({ target, clientX, clientY }) => {
    if (target.localName !== "dialog") return;
    const { left, right, top, bottom } = target.getBoundingClientRect();
    if (clientX < left || clientX > right || clientY < top || clientY > bottom) target.close(); // beside the panel
  });
  element("query").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // which would clear it first
    element("search").close();
  });
  let waiting = 0;
  element("query").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => search(element("query").value), 150);
  });
  element("smaller").addEventListener("click", () => changeSize(-1));
  element("larger").addEventListener("click", () => changeSize(1));
  element("view").addEventListener("change", (event) => {
    const { name, id, value, checked } = event.target;
    setLook(name ? { [name]: value } : { [id]: checked });
    paint();
  });
  element("speed").append(...SPEEDS.map((value) => new Option(`${value}×`, String(value))));
  element("speed").addEventListener("change", (event) => setSpeed(Number(event.target.value)));
  element("sleep").append(...SLEEPS.map(([value, name]) => new Option(name, value)));
  element("sleep").addEventListener("change", (event) => setSleep(event.target.value));
}
