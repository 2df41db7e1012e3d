// The form in which a user chooses a name and a room.

import { problemWithName, problemWithRoom } from "./rules.js";

const entrance = document.getElementById("entrance");
const form = document.getElementById("join");
const nameInput = document.getElementById("name");
const roomInput = document.getElementById("room");
const problem = document.getElementById("join-problem");

/** Calls `enter` with the name and the room of each user who joins. */
export function onJoin(enter) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = nameInput.value.trim();
    const room = roomInput.value.trim();
    if (!check(name, room)) return;

    remember(name);
    // The address in the address bar then leads others to this room.
    const address = new URL(location.href);
    address.searchParams.set("room", room);
    history.replaceState(null, "", address);
    entrance.hidden = true;
    enter(name, room);
  });
}

/** Shows the form again, with the reason why the server has refused the visit, if it has. */
export function showEntrance(why) {
  entrance.hidden = false;
  problem.textContent = why;
  nameInput.focus();
}

function check(name, room) {
  const badName = problemWithName(name);
  const badRoom = problemWithRoom(room);
  nameInput.ariaInvalid = String(badName !== "");
  roomInput.ariaInvalid = String(badRoom !== "");
  problem.textContent = badName || badRoom;
  if (badName) nameInput.focus();
  else if (badRoom) roomInput.focus();
  return problem.textContent === "";
}

// A browser without storage throws here. The chat works without it.
function remember(name) {
  try {
    localStorage.setItem("name", name);
  } catch {}
}

function remembered() {
  try {
    return localStorage.getItem("name") ?? "";
  } catch {
    return "";
  }
}

nameInput.value = remembered();
roomInput.value = new URLSearchParams(location.search).get("room") ?? "lobby";
