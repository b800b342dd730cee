"use strict";
// Plays the places that the page names, in the page. Without this script they are plain links into the audio.
(() => {
  const player = document.querySelector(".player");
  const audio = player && player.querySelector("audio");
  if (!audio) return;
  const said = player.querySelector("p");
  const parts = JSON.parse(player.dataset.parts); // [file, seconds of the book at which it begins]
  const length = Number(player.dataset.seconds);
  const chapters = [...document.querySelectorAll("tr[data-start]")];
  let part = 0;
  let stop = Infinity; // seconds of the file at which a passage in doubt is over
  let pressed = null;
  document.documentElement.classList.add("js");

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    return (hours ? hours + ":" + two(Math.floor(whole / 60) % 60) : Math.floor(whole / 60)) + ":" + two(whole % 60);
  };

  const play = (number, start, end) => {
    if (number !== part || !audio.getAttribute("src")) {
      part = number;
      audio.src = parts[number][0];
    }
    stop = end > start ? end + 0.3 : Infinity;
    audio.currentTime = start;
    audio.play().catch(() => { said.textContent = "The audio could not be played: is it still beside this page?"; });
  };

  const choose = (link) => {
    if (pressed) pressed.classList.remove("on");
    pressed = link;
    if (link) link.classList.add("on");
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.play");
    if (link) {
      const [start, end] = link.hash.slice(3).split(",").map(Number);
      choose(link);
      play(Number(link.dataset.part), start, end || 0);
      event.preventDefault();
      return;
    }
    const plot = event.target.closest("svg.plot");
    if (plot) {
      const box = plot.getBoundingClientRect();
      const at = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * length;
      let number = parts.length - 1;
      while (number > 0 && parts[number][1] > at) number -= 1;
      choose(null);
      play(number, at - parts[number][1], 0);
    }
  });

  audio.addEventListener("timeupdate", () => {
    if (audio.currentTime >= stop) {
      audio.pause();
      stop = Infinity;
      choose(null);
    }
    const at = parts[part][1] + audio.currentTime;
    for (const line of document.querySelectorAll("line.now")) {
      const x = String((at / length) * 1000);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.setAttribute("visibility", "visible");
    }
    let title = "";
    for (const row of chapters) {
      if (Number(row.dataset.start) > at) break;
      title = row.querySelector("th").textContent;
    }
    said.textContent = clock(at) + (title ? " · " + title : "");
  });

  audio.addEventListener("ended", () => {
    if (part + 1 < parts.length) play(part + 1, 0, 0);
  });
})();
