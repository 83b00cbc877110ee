// What a part of the benchmark is: it fills the servers, checks what they serve, and says what can be measured.
import type { Server } from './server.ts';

export interface Options {
  readonly rounds: number;
  /** One figure's load. */
  readonly seconds: number;
  /** What filling one server with many tags or manifests may take. */
  readonly fillSeconds: number;
}

export interface Measure {
  readonly title: string;
  /** More of `req/s` and `MB/s` is faster, less of `ms`. */
  readonly unit: 'req/s' | 'MB/s' | 'ms';
  /** Undefined where this server does not offer it. */
  run(server: Server, round: number, seconds: number): Promise<number | undefined>;
  /** The title of an earlier measure, whose figure of the same round stands for servers without tokens. */
  readonly withoutTokens?: string;
}

export interface Prepared {
  readonly measures: readonly Measure[];
  /** Sentences below the table: what was left out, and what was made smaller. */
  readonly notes: readonly string[];
  /** Before each round, for what all servers are given alike. */
  beforeRound?(round: number): void;
  /** What was written must be on disk before the next turn, so that nobody pays for another. */
  readonly isWriting?: true;
  dispose?(): void;
}

export interface Part {
  readonly name: string;
  readonly title: string;
  /** A reason to leave it out on this machine. */
  missing?(): string | undefined;
  prepare(servers: readonly Server[], options: Options): Promise<Prepared>;
}
