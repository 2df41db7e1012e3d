// Finds the links in what people write.

// Only these two schemes. A link ends at white space, at characters that do not belong into a URL, and
// at invisible characters, which could make it look like another link.
const CANDIDATE = /\bhttps?:\/\/[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}<>"“”«»`{}|\\^]+/giu;

// A link at the end of a sentence does not contain the sentence's punctuation.
const PUNCTUATION = /[.,;:!?'*_~…)\]’。，、；：！？）」』】》]$/u;
const OPENING = { ")": "(", "]": "[" };

/** The text as nodes: strings, and links that look exactly as they were written. */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const written = withoutPunctuation(candidate);
    const url = address(written);
    if (!url) continue;
    nodes.push(text.slice(end, index), link(url, written));
    end = index + written.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function withoutPunctuation(candidate) {
  let written = candidate;
  while (PUNCTUATION.test(written)) {
    const last = written.at(-1);
    const opening = OPENING[last];
    // https://example.org/wiki/Rust_(fungus) has a parenthesis of its own.
    if (opening && written.split(opening).length >= written.split(last).length) break;
    written = written.slice(0, -1);
  }
  return written;
}

/** The parsed link, or `null` if it is none that the page wants to offer. */
function address(written) {
  if (!URL.canParse(written)) return null;
  const url = new URL(written);
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  // https://bank.example@evil.example/ leads to evil.example.
  return isWeb && url.username === "" && url.password === "" ? url : null;
}

function link(url, written) {
  const made = document.createElement("a");
  made.href = url.href;
  made.textContent = written;
  // Shows where it leads, with a foreign alphabet in the name of the host spelled out.
  made.title = url.href;
  made.target = "_blank";
  made.rel = "noopener noreferrer nofollow ugc";
  made.dir = "ltr";
  return made;
}
