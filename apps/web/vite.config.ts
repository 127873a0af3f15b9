import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

/** For `vite dev`: an agent that runs already, whose page this one replaces. Its address is what the agent printed, without the token. */
const agent = process.env['MAPSCOPE_AGENT'];

export default defineConfig({
  plugins: [react()],
  // Workspace packages from source: no build of theirs stands between a change and the page.
  resolve: { conditions: ['mapscope-src', ...defaultClientConditions] },
  build: {
    target: 'es2023',
    // A data: address would need a looser content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  worker: { format: 'es' },
  server: agent ? { proxy: { '/api': { target: agent, changeOrigin: true }, '/ws': { target: agent, ws: true, changeOrigin: true } } } : {},
});
