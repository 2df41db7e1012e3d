// The link to the room, for others.

const card = document.getElementById("invite");
const link = document.getElementById("link");
const copy = document.getElementById("copy-link");

/** Shows the link while the user is alone in the room. */
export function drawInvite(isAlone) {
  card.hidden = !isAlone;
  link.value = location.href;
}

copy.addEventListener("click", async () => {
  const isCopied = await toClipboard();
  copy.textContent = isCopied ? "Link copied" : "Copy it from the field";
  document.getElementById("aloud").textContent = copy.textContent;
});

// A copied link is not true for ever: the next user of the clipboard replaces it.
copy.addEventListener("blur", () => (copy.textContent = "Copy link"));

async function toClipboard() {
  link.select();
  try {
    // Browsers have it only on pages from https or from this machine.
    await navigator.clipboard.writeText(link.value);
    return true;
  } catch {
    return false;
  }
}
