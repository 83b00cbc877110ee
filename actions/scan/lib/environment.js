// What a scanning process may see of the job's environment: an allow-list. A scanner reads bytes of strangers; a
// token that it does not have cannot be taken from it. Logins come from docker's own files, never from here.

const NAMES = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TERM', 'TMPDIR', 'TMP', 'TEMP'],
  ...['NO_COLOR', 'FORCE_COLOR', 'CI', 'RUNNER_TEMP', 'RUNNER_TOOL_CACHE', 'GITHUB_WORKSPACE'],
  ...['DOCKER_CONFIG', 'DOCKER_CONTEXT', 'DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'],
  ...['CONTAINER_HOST', 'REGISTRY_AUTH_FILE', 'DOCKER_API_VERSION'],
  ...['XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // By this the runner finds what a cancelled step leaves running.
  'RUNNER_TRACKING_ID',
  // Without these Windows starts nothing.
  ...['SystemRoot', 'SYSTEMROOT', 'windir', 'ComSpec', 'PATHEXT', 'Path', 'USERPROFILE', 'LOCALAPPDATA'],
  ...['APPDATA', 'ProgramData', 'ProgramFiles'],
]);

/**
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {readonly string[]} more names that the workflow's author passes on purpose
 * @returns {Record<string, string>}
 */
export function scanEnvironment(env, more = []) {
  return pick(
    env,
    (name) => NAMES.has(name) || /^LC_[A-Z]+$/.test(name) || isSetting(name) || more.includes(name),
  );
}

/**
 * For npm, which has to find its registry.
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function installEnvironment(env) {
  return pick(env, (name) => NAMES.has(name) || /^npm_config_/i.test(name));
}

/** Settings of Plimsoll but its secrets. @param {string} name */
function isSetting(name) {
  return name.startsWith('PLIMSOLL_') && !/TOKEN|PASSWORD|SECRET|KEY/.test(name);
}

/**
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {(name: string) => boolean} isWanted
 * @returns {Record<string, string>}
 */
function pick(env, isWanted) {
  /** @type {Record<string, string>} */
  const picked = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && isWanted(name)) picked[name] = value;
  return picked;
}
