// GitHub-flavoured Markdown split into the pieces that may be dropped or shortened without breaking the rest:
// folded sections, tables, fenced code, HTML comments, paragraphs. GFM spec 4.5, 4.6, 4.10.
// Joining the pieces with line feeds gives the text again. It renders nothing and knows no inline syntax.

export interface Block {
  /** `whole` can only stay or go: an HTML comment. */
  readonly kind: 'details' | 'fence' | 'table' | 'text' | 'whole';
  /** With the blank lines that follow. */
  readonly lines: readonly string[];
}

/** The pieces in order; a section, fence or comment that is never closed reaches to the end. */
export function splitBlocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const kind = kindAt(lines, at);
    let end = ENDS[kind](lines, at);
    while (end < lines.length && isBlank(lines[end])) end += 1;
    blocks.push({ kind, lines: lines.slice(at, end) });
    at = end;
  }
  return blocks;
}

/** The fence that a line opens (`~~~` or three and more backticks), or undefined. */
export function openedFence(line: string): string | undefined {
  return /^\s*(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(line)?.slice(1).find(Boolean);
}

/** Whether the line closes the fence: the same character, at least as often, and nothing after. */
export function closesFence(line: string, fence: string): boolean {
  const text = line.trim();
  return text.length >= fence.length && text === (fence[0] as string).repeat(text.length);
}

function kindAt(lines: readonly string[], at: number): Block['kind'] {
  const line = lines[at] as string;
  if (openedFence(line) !== undefined) return 'fence';
  if (/<details\b/i.test(line)) return 'details';
  if (line.trimStart().startsWith('<!--')) return 'whole';
  return isRow(line) && isDelimiter(lines[at + 1]) ? 'table' : 'text';
}

/** For each kind, the line after its last. */
const ENDS: Readonly<Record<Block['kind'], (lines: readonly string[], at: number) => number>> = Object.freeze(
  {
    details: endOfDetails,
    fence: endOfFence,
    table(lines, at) {
      let end = at + 2;
      while (end < lines.length && isRow(lines[end] as string)) end += 1;
      return end;
    },
    text(lines, at) {
      let end = at + 1;
      while (end < lines.length && !isBlank(lines[end]) && kindAt(lines, end) === 'text') end += 1;
      return end;
    },
    whole(lines, at) {
      for (let end = at; end < lines.length; end += 1) if (lines[end]?.includes('-->')) return end + 1;
      return lines.length;
    },
  },
);

function endOfFence(lines: readonly string[], at: number): number {
  const fence = openedFence(lines[at] as string) as string;
  for (let end = at + 1; end < lines.length; end += 1)
    if (closesFence(lines[end] as string, fence)) return end + 1;
  return lines.length;
}

/** Sections nest; what stands in a fence opens and closes none. */
function endOfDetails(lines: readonly string[], at: number): number {
  let depth = 0;
  for (let end = at; end < lines.length; end += 1) {
    const line = lines[end] as string;
    if (openedFence(line) !== undefined) {
      end = endOfFence(lines, end) - 1;
      continue;
    }
    depth += line.match(/<details\b/gi)?.length ?? 0;
    depth -= line.match(/<\/details\s*>/gi)?.length ?? 0;
    if (depth <= 0) return end + 1;
  }
  return lines.length;
}

function isBlank(line: string | undefined): boolean {
  return line !== undefined && line.trim() === '';
}

function isRow(line: string): boolean {
  return line.trimStart().startsWith('|');
}

function isDelimiter(line: string | undefined): boolean {
  return line !== undefined && isRow(line) && /^[\s|:-]+$/.test(line) && line.includes('-');
}
