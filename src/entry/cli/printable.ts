// Text from outside (an image, a registry's answer) made safe for a terminal: what could move the cursor, ring,
// hide or turn around becomes a visible escape. Needs no package, so that saying a failure loads none.

/** Control and bidirectional characters become visible escapes; colour codes (which tables may hold) stay. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === '\u001b'
      ? '\\e'
      : `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, '0')}`,
  );
}

// Everything in C0, DEL and C1 but the escape that begins one of our own colour codes, and the bidirectional
// controls that can make a name look like another.
const UNSAFE =
  /\u001b(?!\[\d{1,2}m)|[\u0000-\u001a\u001c-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
