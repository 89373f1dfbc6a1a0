"""The demo: a distributor's CRM and ERP beside a running hub, from nothing, with one command."""
