// Which files Alpine's installed packages hold, from the same database (lib/apk/db/installed,
// apk-package(5)): `F:` names a folder, each `R:` after it a file there. Entries without a name or version
// are no packages, so their files belong to nobody. Streams: nothing is kept but the present folder.

/** Paths without leading slash, in the database's order. */
export function* listApkFiles(text: string): Generator<string> {
  let named = { name: false, version: false };
  let folder = '';
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (end === start) {
      named = { name: false, version: false };
      folder = '';
    } else if (text[start + 1] === ':' && end > start + 2) {
      const key = text[start];
      if (key === 'P') named.name = true;
      else if (key === 'V') named.version = true;
      else if (key === 'F') folder = `${text.slice(start + 2, end)}/`;
      else if (key === 'R' && named.name && named.version) yield folder + text.slice(start + 2, end);
    }
    start = end + 1;
  }
}
