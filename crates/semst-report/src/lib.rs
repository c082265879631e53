//! Pictures and HTML reports of spatial domains.
