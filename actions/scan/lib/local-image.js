// The newest image of the local engine that has a name: what a job that builds one image means where it names none.
import { runProgram } from './process.js';

/**
 * `local://NAME:TAG`. Throws an Error of one sentence where there is none.
 * @param {Readonly<Record<string, string>>} env
 */
export async function findNewestImage(env) {
  for (const engine of ['docker', 'podman']) {
    const image = parseImageList(await listImages(engine, env));
    if (image !== undefined) return `local://${image}`;
  }
  throw new Error('image: name one; neither docker nor podman has an image with a tag here.');
}

/**
 * Both list the newest first; '' where the engine is not there, or does not answer.
 * @param {string} engine
 * @param {Readonly<Record<string, string>>} env
 */
async function listImages(engine, env) {
  const argv = ['image', 'ls', '--format={{.Repository}}:{{.Tag}}'];
  try {
    const { exitCode, stdout } = await runProgram({ file: engine, args: [] }, argv, {
      env,
      isCaptured: true,
    });
    return exitCode === 0 ? stdout : '';
  } catch {
    return '';
  }
}

/** The first with both repository and tag. @param {string} text */
export function parseImageList(text) {
  return text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.includes('<none>'));
}
