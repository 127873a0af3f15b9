/** What esbuild is told of programs for Node that share their code in chunks. The native addon stays where it is. */
export const nodeBundle = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['mapscope-src'],
  external: ['*.node'],
  logLevel: 'warning',
};
