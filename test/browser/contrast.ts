// The contrast of every piece of text on a page against what is painted behind it, as WCAG 2.2 (1.4.3)
// computes it. Text over pictures or gradients is measured against the colour under them.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';

export interface TextContrast {
  readonly text: string;
  readonly element: string;
  readonly ratio: number;
}

/** One line for each element that holds text of its own and is shown. */
export async function measureContrast(page: Page): Promise<readonly TextContrast[]> {
  const script = await readFile(new URL('./contrast-in-page.js', import.meta.url), 'utf8');
  return page.evaluate(`(() => {\n${script}\nreturn measureContrast();\n})()`);
}
