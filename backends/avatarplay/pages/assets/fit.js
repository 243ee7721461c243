// The dress-up site works without this file. With it, what is tried on shows
// at once instead of with the next page.

const byId = (id) => document.getElementById(id);

const stage = document.querySelector(".stage"); // on the dressing page alone

if (stage) dressing();
document.querySelectorAll('input[type="password"]').forEach(addReveal);

// After "back", a browser may show a page as it was left: with an old outfit, or
// to somebody who has signed out.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector(".signed-in")) location.reload();
});

// dressing sends the forms of the dressing page, one after the other, each once
// the answer to the one before is shown. Whatever leads away from the page waits
// its turn, so that nothing that was pressed is lost.
function dressing() {
  const waiting = []; // what is to be done, oldest first
  let busy = false;
  let leaving = false; // another page is coming: forms are left to the browser

  takeOverDisabled();
  showCurrentTab();
  enablePause();

  document.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (leaving || !button) return;
    if (form.matches("[data-dressing]")) hold(event, () => send(form, button));
    else if (busy) hold(event, () => leave(() => button.click()));
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a:not([href^="#"])');
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (link && busy && !leaving && !elsewhere) hold(event, () => leave(() => location.assign(link.href)));
  });

  function hold(event, todo) {
    event.preventDefault();
    waiting.push(todo);
    if (!busy) work();
  }

  async function work() {
    busy = true;
    while (waiting.length && !leaving) await waiting.shift()();
    busy = false;
  }

  function leave(go) {
    leaving = true;
    go();
  }

  async function send(form, button) {
    if (isDisabled(button)) {
      explain(button);
      return;
    }
    stage.setAttribute("aria-busy", "true");
    try {
      await take(await post(form, button), button);
    } catch {
      waiting.length = 0; // what follows would fail alike
      refuse("通信できませんでした。電波の状態を確かめて、もう一度お試しください。");
    }
    stage.removeAttribute("aria-busy");
  }

  // take shows an answer, or leaves the page where it is none for a script.
  async function take(answer, button) {
    const forScript = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    if (answer.redirected) leave(() => location.assign(answer.url));
    else if (answer.status === 401) leave(() => location.reload());
    else if (forScript && answer.ok) show(await answer.json());
    else if (forScript) refuse((await answer.json()).message);
    else if (answer.ok) leave(() => location.reload());
    else leave(() => button.click()); // to see the page that tells why
  }
}

// post sends a form as a browser does when the button is pressed, but for what
// is wanted back. It gives up after 20 seconds.
async function post(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  if (button.name) fields.append(button.name, button.value);
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), 20000);
  try {
    return await fetch(form.action, {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      signal: giveUp.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

// show brings the page to the state that an answer tells (DressState).
function show(state) {
  const worn = new Set(state.worn.map(String));
  const fixed = new Set(state.fixed.map(String));
  for (const button of document.querySelectorAll('button[name="item"]')) showItem(button, worn, fixed);
  for (const button of document.querySelectorAll('button[name="taste"]')) {
    button.setAttribute("aria-pressed", button.value === String(state.taste));
  }
  disable(byId("undo"), !state.canUndo);
  disable(byId("save"), !state.changed);
  if (byId("onward")) {
    byId("onward").hidden = state.changed;
    byId("save-onward").hidden = !state.changed;
  }
  showPicture(state);
  say(state.message);
}

function showItem(button, worn, fixed) {
  const wasWorn = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", worn.has(button.value));
  if (isDisabled(button) && !wasWorn) return; // it cannot be put on, whatever is worn
  disable(button, fixed.has(button.value));
  button.querySelector(".note").textContent = fixed.has(button.value) ? "外せません" : "";
}

// showPicture keeps the old picture until the new one has come. Of two that are
// under way the later one stays, whichever comes first.
let pictureNumber = 0;
async function showPicture({ image, stillImage }) {
  const number = ++pictureNumber;
  const still = byId("still");
  const coming = new Image();
  coming.src = still && matchMedia(still.media).matches ? stillImage : image;
  await coming.decode().catch(() => {}); // a broken one is to be seen as such
  if (number !== pictureNumber) return;
  if (still && stillImage) still.srcset = stillImage;
  byId("avatar").src = image;
}

// say has a screen reader read the words, also where they are the same as before.
function say(words) {
  byId("refused").textContent = "";
  replace(byId("said"), words);
}

function refuse(words) {
  byId("said").textContent = "";
  replace(byId("refused"), words);
}

function replace(region, words) {
  region.textContent = "";
  setTimeout(() => { region.textContent = words; }, 50);
}

// explain answers a press that can do nothing.
function explain(button) {
  if (button.name !== "item") return;
  const worn = button.getAttribute("aria-pressed") === "true";
  refuse(worn ? "これは外せません。ほかのものを選ぶと入れ替わります。" : "このアイテムは使えません。");
}

// takeOverDisabled leaves aria-disabled alone to tell what cannot be pressed:
// disabled takes the focus away from a button that has just been pressed.
function takeOverDisabled() {
  for (const button of document.querySelectorAll("[data-dressing] button")) {
    button.disabled = false;
  }
}

function isDisabled(button) {
  return button.getAttribute("aria-disabled") === "true";
}

function disable(button, disabled) {
  if (disabled) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

// showCurrentTab scrolls the row of tabs, and nothing else, to the current one.
function showCurrentTab() {
  const row = document.querySelector(".tabs ul");
  const current = row.querySelector("[aria-current]");
  if (current) row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
}

// enablePause lets people stop the avatar's motion, whatever their system says.
function enablePause() {
  const pause = byId("pause");
  if (!pause) return;
  const bySystem = byId("still").media;
  const set = (stopped) => {
    pause.setAttribute("aria-pressed", stopped);
    byId("still").media = stopped ? "all" : bySystem;
  };
  set(sessionStorage.getItem("still") === "true");
  pause.hidden = matchMedia(bySystem).matches; // then it stands still already
  pause.addEventListener("click", () => {
    const stopped = pause.getAttribute("aria-pressed") !== "true";
    sessionStorage.setItem("still", stopped);
    set(stopped);
  });
}

// addReveal puts a button beside a password that shows what was typed.
function addReveal(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain reveal";
  button.textContent = "パスワードを表示";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  });
  input.form.addEventListener("submit", () => { input.type = "password"; }); // or browsers keep it as text
  input.after(button);
}
