import { apart } from '@mapscope/native';

const script = `try { require('fs').statfsSync(process.argv[1]) } catch (error) { process.stdout.write(error.code) }`;

/** Whether the mount at `path` answers ENOTCONN: its server is gone. No answer within a second is not dead, since it may only be slow. */
export async function isDead(path: string): Promise<boolean> {
  const said = await apart(script, [path], 1000);
  return said === 'ENOTCONN' || said === 'ECONNABORTED';
}
