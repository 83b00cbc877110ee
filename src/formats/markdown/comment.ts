// A comment in a pull request: a hidden marker, then Markdown, cut to what the forge takes so that it still
// renders. Dropped in this order: folded sections from the last one up, table rows from the end, then whole
// pieces from the end. Never cut inside a tag, a fence or a surrogate pair. It does not sanitize: forges do.
import { type Block, closesFence, openedFence, splitBlocks } from './block.ts';
import { hasMarker } from './marker.ts';

export interface CommentBound {
  /** Longest result in UTF-16 units, at least 1,000. */
  readonly maxChars: number;
  /** Who takes no more, as the last line names it: `GitHub`. */
  readonly taker: string;
  /** Where all of it is; the job's summary where absent. */
  readonly link?: string;
}

/** The body of a comment: marker, Markdown with its line ends made one, cut where it is too long. */
export function formatComment(marker: string, markdown: string, bound: CommentBound): string {
  const text = escapeCommands(markdown.toWellFormed().replace(/\r\n?/g, '\n')).trimEnd();
  return cutComment(`${marker}\n${text}\n`, marker, bound);
}

/** The text as it is where it fits, else cut; `marker`, where it begins the text, always stays. */
export function cutComment(markdown: string, marker: string, bound: CommentBound): string {
  if (markdown.length <= bound.maxChars) return markdown;
  const head = hasMarker(markdown, marker) ? `${marker}\n` : '';
  const foot = formatFoot(bound);
  const roomChars = bound.maxChars - head.length - foot.length - 2;
  if (roomChars < 0) return sliceWell(`${head}${foot}`, bound.maxChars);
  let blocks: readonly Block[] = splitBlocks(markdown.slice(head.length));
  for (const shorten of [dropDetails, dropRows, dropEnd]) blocks = shorten(blocks, roomChars);
  const kept = joinBlocks(blocks).trimEnd();
  return `${head}${kept}${kept === '' ? '' : '\n\n'}${foot}`;
}

/**
 * GitLab, and bots on every forge, read a line that begins with `/word` as an order to them, and a report may
 * begin a line with a path. A backslash makes it text, and renders as none.
 */
export function escapeCommands(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split('\n')
    .map((line) => {
      if (fence !== undefined) {
        if (closesFence(line, fence)) fence = undefined;
        return line;
      }
      fence = openedFence(line);
      return fence === undefined ? line.replace(/^(\s*)\/(?=[a-z])/i, '$1\\/') : line;
    })
    .join('\n');
}

function formatFoot({ maxChars, taker, link }: CommentBound): string {
  const where =
    link === undefined
      ? 'All of it is in the job’s summary.'
      : `[All of it](${link.replace(/[()<>\s]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)})`;
  return `Cut to what ${taker} takes (${maxChars.toLocaleString('en')} characters). ${where}\n`;
}

function joinBlocks(blocks: readonly Block[]): string {
  return blocks.map((block) => block.lines.join('\n')).join('\n');
}

/** With the line feed that joins it to its neighbour. */
function sizeOf({ lines }: Block): number {
  return lines.reduce((chars, line) => chars + line.length + 1, 0);
}

function excessOf(blocks: readonly Block[], roomChars: number): number {
  return blocks.reduce((chars, block) => chars + sizeOf(block), 0) - roomChars;
}

function dropDetails(blocks: readonly Block[], roomChars: number): Block[] {
  let excess = excessOf(blocks, roomChars);
  const kept: Block[] = [];
  for (const block of blocks.toReversed()) {
    if (excess > 0 && block.kind === 'details') excess -= sizeOf(block);
    else kept.push(block);
  }
  return kept.reverse();
}

function dropRows(blocks: readonly Block[], roomChars: number): Block[] {
  let excess = excessOf(blocks, roomChars);
  const shortened = blocks.toReversed().map((block) => {
    if (excess <= 0 || block.kind !== 'table') return block;
    const shorter = shortenTable(block, excess);
    excess -= sizeOf(block) - sizeOf(shorter);
    return shorter;
  });
  return shortened.reverse();
}

/** The table without as many last rows as free `excess` characters; a row says how many are gone. */
function shortenTable(table: Block, excess: number): Block {
  const rows = table.lines.slice(2).filter((line) => line.trim() !== '');
  const columns = (table.lines[1] as string).match(/-+/g)?.length ?? 1;
  const tell = (count: number): string =>
    `| … ${count} more ${count === 1 ? 'row is' : 'rows are'} left out |${' |'.repeat(columns - 1)}`;
  const goal = excess + tell(rows.length).length + 1;
  let freed = 0;
  let kept = rows.length;
  while (kept > 0 && freed < goal) {
    kept -= 1;
    freed += (rows[kept] as string).length + 1;
  }
  const lines = [...table.lines.slice(0, 2), ...rows.slice(0, kept), tell(rows.length - kept), ''];
  const shorter = { ...table, lines };
  return sizeOf(shorter) < sizeOf(table) ? shorter : table;
}

function dropEnd(blocks: readonly Block[], roomChars: number): Block[] {
  let excess = excessOf(blocks, roomChars);
  const kept = [...blocks];
  while (excess > 0 && kept.length > 0) {
    const last = kept.pop() as Block;
    excess -= sizeOf(last);
    const rest = excess > 0 ? undefined : shortenBlock(last, -excess);
    if (rest !== undefined) kept.push(rest);
  }
  return kept;
}

/** As much of a paragraph or a fence as fits, with its end mended; nothing of the other kinds. */
function shortenBlock(block: Block, roomChars: number): Block | undefined {
  if (block.kind === 'text') {
    const text = cutText(block.lines.join('\n'), roomChars - 3);
    return text === '' ? undefined : { kind: 'text', lines: [`${text} …`] };
  }
  if (block.kind !== 'fence') return undefined;
  const opening = block.lines[0] as string;
  const closing = `${/^\s*/.exec(opening)?.[0]}${openedFence(opening)}`;
  const lines = [opening];
  let left = roomChars - opening.length - closing.length - 2;
  for (const line of block.lines.slice(1)) {
    left -= line.length + 1;
    if (left < 0 || closesFence(line, openedFence(opening) as string)) break;
    lines.push(line);
  }
  return lines.length === 1 ? undefined : { kind: 'fence', lines: [...lines, closing] };
}

/** The beginning of a paragraph up to a space, with no tag or HTML comment left open. */
function cutText(text: string, roomChars: number): string {
  if (roomChars <= 0) return '';
  let cut = sliceWell(text, roomChars);
  const space = cut.search(/\s\S*$/);
  if (space > 0) cut = cut.slice(0, space);
  const comment = cut.lastIndexOf('<!--');
  if (comment > cut.lastIndexOf('-->')) cut = cut.slice(0, comment);
  const tag = cut.search(/<[a-z/!?][^<>]*$/i);
  return (tag < 0 ? cut : cut.slice(0, tag)).trimEnd();
}

function sliceWell(text: string, roomChars: number): string {
  const last = text.charCodeAt(roomChars - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? roomChars - 1 : roomChars);
}
