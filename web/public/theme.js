// Runs before the first paint, so that a chosen theme never flashes in the system's colours.
// A file of its own, because the content security policy allows no inline script.
try {
  const theme = localStorage.getItem('plimsoll.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's colours hold.
}
