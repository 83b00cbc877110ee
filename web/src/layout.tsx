// What stands around every page: skip link, header, main, foot. Moving to another page moves the focus
// to its start, so that a keyboard or a screen reader does not stay behind.
import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { homeQuery } from './api.ts';
import { Header } from './components/header.tsx';

export function Layout() {
  const main = useRef<HTMLElement>(null);
  const page = useLocation({ select: ({ pathname }) => pathname.replace(/(\/-\/[^/]+)\/.*$/, '$1') });
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    main.current?.focus({ preventScroll: true });
  }, [page]);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header />
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <Foot />
    </>
  );
}

function Foot() {
  const { data } = useQuery({ ...homeQuery(), refetchInterval: false, staleTime: Number.POSITIVE_INFINITY });
  return (
    <footer className="foot">
      <span>Plimsoll {data?.version}</span>
      <a href="/api/v1/openapi.json">API</a>
    </footer>
  );
}
