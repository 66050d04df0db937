-- Prepares an external PostgreSQL 16 or newer for a node. Run as its administrator: psql -f external-database.sql
CREATE ROLE xinglin_owner LOGIN PASSWORD 'CHANGE-ME';
CREATE ROLE xinglin_app LOGIN PASSWORD 'CHANGE-ME';
CREATE DATABASE xinglin OWNER xinglin_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
\connect xinglin
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
GRANT USAGE, CREATE ON SCHEMA public TO xinglin_owner;
GRANT USAGE ON SCHEMA public TO xinglin_app;
ALTER DEFAULT PRIVILEGES FOR ROLE xinglin_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO xinglin_app;
ALTER DEFAULT PRIVILEGES FOR ROLE xinglin_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO xinglin_app;
