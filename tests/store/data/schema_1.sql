CREATE TABLE schema_version (version BIGINT NOT NULL);
INSERT INTO schema_version (version) VALUES (1);
CREATE TABLE activities (id INTEGER PRIMARY KEY, type TEXT NOT NULL, user_id TEXT NOT NULL, data TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE system_status (server TEXT NOT NULL PRIMARY KEY, started_at BIGINT NOT NULL, sampled_at BIGINT NOT NULL, open_streams BIGINT NOT NULL, memory_bytes BIGINT NOT NULL);
INSERT INTO activities VALUES (7, 'log in', '"ann"', '{"from":"home"}', 1767225600123456);
INSERT INTO activities VALUES (8, 'log out', '42', 'null', 1767225601000000);
INSERT INTO system_status VALUES ('main', 1767225600000000, 1767225602000000, 0, 12345678);
