// The head of every page: the mark, search (reached with `/`), where one can go, the theme.
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef } from 'react';
import './header.css';
import { Mark } from './mark.tsx';
import { SignIn } from './sign-in.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export function Header() {
  return (
    <header className="header">
      <Link to="/" className="header-home">
        <Mark size={26} />
        <span>Plimsoll</span>
      </Link>
      <Search />
      <nav className="header-nav" aria-label="Pages">
        <Link to="/search" search={{}} activeOptions={{ exact: true, includeSearch: false }}>
          Explore
        </Link>
      </nav>
      <SignIn />
      <ThemeSwitch />
    </header>
  );
}

function Search() {
  const navigate = useNavigate();
  const asked = useSearch({ strict: false, select: (search) => search.q });
  const onSearchPage = location.pathname === '/search';
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/search', search: { q: input.current?.value.trim() ?? '' } });
  };
  const value = onSearchPage ? (asked ?? '') : '';
  return (
    <search className="header-search">
      <form onSubmit={onSubmit}>
        <input
          key={value}
          ref={input}
          type="search"
          name="q"
          defaultValue={value}
          placeholder="Find an image, a package or a CVE"
          aria-label="Find an image, a package or a CVE"
          aria-keyshortcuts="/"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
        />
        <span className="header-key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
