// What happens when our own output cannot be written. A reader that has what it wanted (`| head`) is no failure
// and changes no answer: the command goes on to its exit code, and a server goes on serving. Data that is lost
// for another reason, such as a full disk, ends the command with 1. Standard error may be lost: there is nowhere
// left to say so.
import type { EventEmitter } from 'node:events';

export interface Outputs {
  readonly stdout: Pick<EventEmitter, 'on'>;
  readonly stderr: Pick<EventEmitter, 'on'>;
  /** Says one line on standard error, then ends the process. */
  readonly fail: (line: string) => void;
}

/** Without it, either kind of failure would end the process with a stack. */
export function guardOutputs({ stdout, stderr, fail }: Outputs): void {
  stderr.on('error', () => {});
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(`plimsoll: the output cannot be written: ${error.message}\n`);
  });
}
