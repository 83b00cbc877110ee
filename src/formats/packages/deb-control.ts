// Debian control files, deb822(5): stanzas of `Field: value` with continuation lines, divided by empty
// lines. Reads dpkg's status, Packages indexes and DEP-5 copyright files. Anything goes in, nothing is
// thrown: lines that are neither a field nor a continuation are counted, so that a caller can say so.

export interface Stanza {
  /** Field names in lower case; continuation lines keep their first space and are joined by newlines. */
  readonly fields: ReadonlyMap<string, string>;
  /** Line of the file where it begins, from 1. */
  readonly line: number;
  /** Lines that could not be read. */
  readonly malformedLines: number;
  /** A field stood twice: the first one holds. */
  readonly hasDuplicates: boolean;
}

/** deb822(5): visible US-ASCII without colon, beginning neither with `#` nor `-`. */
const FIELD = /^([!-"$-,./0-9;-~][!-9;-~]*):[ \t]*/;

/** Stanzas one at a time, in order; memory holds one. Comments (`#`) are left out. */
export function* parseDebControl(text: string): Generator<Stanza> {
  let open = openStanza(1);
  let line = 0;
  for (const raw of linesOf(text)) {
    line += 1;
    if (raw.trim() === '' && !raw.startsWith(' ') && !raw.startsWith('\t')) {
      if (open.hasContent) yield open.close();
      open = openStanza(line + 1);
    } else if (!raw.startsWith('#')) {
      open.add(raw);
    }
  }
  if (open.hasContent) yield open.close();
}

function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    start = end + 1;
  }
}

interface OpenStanza {
  readonly hasContent: boolean;
  add(raw: string): void;
  close(): Stanza;
}

function openStanza(line: number): OpenStanza {
  const values = new Map<string, string[]>();
  let current: string[] | undefined;
  let malformedLines = 0;
  let hasDuplicates = false;
  return {
    get hasContent() {
      return values.size > 0 || malformedLines > 0;
    },
    add(raw) {
      if (raw.startsWith(' ') || raw.startsWith('\t')) {
        if (current === undefined) malformedLines += 1;
        else current.push(raw.trimEnd());
        return;
      }
      const match = FIELD.exec(raw);
      current = match === null ? undefined : [raw.slice(match[0].length).trimEnd()];
      if (match === null || current === undefined) {
        malformedLines += 1;
        return;
      }
      const name = (match[1] as string).toLowerCase();
      if (values.has(name)) hasDuplicates = true;
      else values.set(name, current);
    },
    close() {
      const fields = new Map<string, string>();
      for (const [name, lines] of values) fields.set(name, lines.join('\n'));
      return Object.freeze({ fields, line, malformedLines, hasDuplicates });
    },
  };
}
