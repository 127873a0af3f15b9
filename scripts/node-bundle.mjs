/** What esbuild is told of programs for Node that share their code in chunks. The native addon stays where it is. */
export const nodeBundle = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['mapscope-src'],
  external: ['*.node'],
  // Express, ws and pino are CommonJS and ask for Node's modules by `require`.
  banner: { js: "import{createRequire as __nodeRequire}from'node:module';const require=__nodeRequire(import.meta.url);" },
  logLevel: 'warning',
};
