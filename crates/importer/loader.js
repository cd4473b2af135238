// Starts the importer in a worker. It is fetched only when a reader brings data of their own.
import start from './atlas-importer.js';
await start();
