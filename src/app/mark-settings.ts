// The settings of marks: rows of the table in settings.ts.
import type { Setting } from './setting.ts';

const marks: Setting<'on' | 'off'> = Object.freeze<Setting<'on' | 'off'>>({
  key: 'marks',
  flag: '--marks',
  env: 'PLIMSOLL_MARKS',
  fallback: 'on',
  meaning: 'Whether the server signs what it found of each image and hangs that on it.',
  read: (text) => (text === 'on' || text === 'off' ? { value: text } : { must: 'be on or off' }),
});

export const markSettings = Object.freeze({ marks });
