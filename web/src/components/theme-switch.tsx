// Light, dark, or as the system says. The choice is this browser's alone; public/theme.js applies it early.
import { useState } from 'react';
import './theme-switch.css';

const KEY = 'plimsoll.theme';
const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const NAMES: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' };

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;
  const label = `Theme: ${NAMES[theme]}. Change to: ${NAMES[next]}`;
  const onClick = () => {
    writeTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" className="theme-switch" onClick={onClick} aria-label={label} title={label}>
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <circle
          cx="9"
          cy="9"
          r="7"
          fill={theme === 'dark' ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.5"
        />
        {theme === 'system' ? <path d="M9 2a7 7 0 0 1 0 14z" fill="currentColor" /> : null}
      </svg>
    </button>
  );
}

function readTheme(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function writeTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is closed to us: the choice holds until the page is left.
  }
}
