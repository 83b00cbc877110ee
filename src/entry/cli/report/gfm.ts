// GitHub-flavoured Markdown, as GitHub, GitLab and Forgejo show it. Whatever comes from an image is escaped: a
// package cannot write links, HTML or mentions into a comment. No picture comes from another host.
// A backslash ends no mention and no reference: forges look for those in the text of the rendered page. An
// element around the sign does, and unlike a space without width it leaves nothing behind when a name is copied
// (docs.github.com, "Writing mathematical expressions", does the same for the dollar sign).
import { printable } from '../printable.ts';

/** Collapsed, with a line that says what is inside. */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** A link where there is an address that is one, else the text. */
export function link(text: string, url: string | undefined): string {
  const isSafe = url !== undefined && /^https?:\/\/[^\s<>()[\]]+$/.test(url);
  return isSafe ? `[${escapeText(text)}](${encodeURI(url.toWellFormed())})` : escapeText(text);
}

/** Head and rows; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

// What makes a mention or an address of mail, a reference to an issue (`#1`, `GH-1`), mathematics, an address of
// the web, an emoji.
const LINKING = /(@(?=\w)|#(?=\d)|(?<=\bGH)-(?=\d)|\$|(?<=https?|ftp):(?=\/\/)|(?<=www)\.|:(?=[\w+-]+:))/i;

/** Text of an image as text: no link, no HTML, no mention, one line. */
export function escapeText(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
    .replaceAll('\u001b', '\\e')
    .split(LINKING)
    .map((part, index) => (index % 2 === 1 ? `<span>${part}</span>` : escapeMarkup(part)))
    .join('');
}

function escapeMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~@]/g, '\\$&');
}

/** Set as code by a tag: the content of a backtick span cannot be escaped. */
export function code(text: string): string {
  return `<code>${escapeText(text)}</code>`;
}
