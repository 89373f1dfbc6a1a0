// Starts Vendure on the loopback address, on a PostgreSQL of the caller's. Packages come from VENDURE_PACKAGES.
const { createRequire } = require('node:module');
const fetched = createRequire(`${process.env.VENDURE_PACKAGES}/`);
const { bootstrap, DefaultLogger, LogLevel } = fetched('@vendure/core');

const goldenId = { name: 'goldenId', type: 'string', unique: true, nullable: true };

bootstrap({
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
    apiOptions: { hostname: '127.0.0.1', port: Number(process.env.VENDURE_PORT), adminListQueryLimit: 1000 },
    authOptions: {
        tokenMethod: ['bearer'],
        requireVerification: false,
        superadminCredentials: { identifier: 'hub', password: process.env.VENDURE_PASSWORD },
    },
    dbConnectionOptions: {
        type: 'postgres',
        host: process.env.VENDURE_PG_HOST,
        username: process.env.VENDURE_PG_USER,
        database: process.env.VENDURE_PG_DATABASE,
        synchronize: true,
        logging: false,
    },
    paymentOptions: { paymentMethodHandlers: [] },
    customFields: { Customer: [goldenId], Product: [goldenId] },
    plugins: [],
}).then(
    () => console.log(`ready on ${process.env.VENDURE_PORT}`),
    (error) => {
        console.error(error);
        process.exit(1);
    },
);
