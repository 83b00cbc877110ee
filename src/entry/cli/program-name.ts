// Help is written once, with the name `plimsoll`; who calls the program by another name reads that one. For our own
// texts only: nothing that came from an image or a person passes here.
import type { Program } from './world.ts';

/** `plimsoll` before a command's name; not part of a path or a file's name, nor before an option or a number. */
const CALL = /(?<![\w./-]|docker )plimsoll(?= (?:[a-z]|COMMAND\b))/g;

/** The text with every call of the program as a person here types it. */
export function nameProgram(text: string, program: Program): string {
  return program === 'plimsoll' ? text : text.replaceAll(CALL, program);
}
