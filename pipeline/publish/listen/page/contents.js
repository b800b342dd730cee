// The list of chapters.

function openContents() {
  const list = element("chapters");
  if (!list.childElementCount) {
    book.chapters.forEach(({ title, level, start, end }, index) => {
      const item = document.createElement("li");
      item.className = `level-${Math.min(4, level)}`;
      const button = document.createElement("button");
      button.type = "button";
      const seen = withText("small", clock(end - start));
      seen.setAttribute("aria-hidden", "true");
      button.append(inBook(withText("span", title)), seen, withText("span", `, ${spokenTime(end - start)}`, "unseen"));
      button.addEventListener("click", () => {
        element("contents").close();
        goToPart(index);
        article.focus({ preventScroll: true });
      });
      item.append(button);
      list.append(item);
    });
  }
  const here = chapterAt(now());
  [...list.children].forEach((item, index) => {
    if (index === here) item.firstChild.setAttribute("aria-current", "true");
    else item.firstChild.removeAttribute("aria-current");
  });
  const left = whole() - now();
  element("about-length").textContent =
    `${spokenTime(whole(), whole() < 60000)}${now() > 60000 ? `, ${spokenTime(left, left < 60000)} to go` : ""}`;
}
